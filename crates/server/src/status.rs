//! Failure category → HTTP status: the only place where that is decided.

use axum::http::StatusCode;
use interactions::Category;

pub(crate) fn status_of(category: Category) -> StatusCode {
    match category {
        Category::Invalid => StatusCode::BAD_REQUEST,
        Category::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Category::NotFound => StatusCode::NOT_FOUND,
        Category::Gone => StatusCode::GONE,
        Category::Conflict => StatusCode::CONFLICT,
        Category::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Category::NotSignedIn => StatusCode::UNAUTHORIZED,
        Category::StepUp | Category::Forbidden => StatusCode::FORBIDDEN,
        Category::NotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Category::NotSupported => StatusCode::NOT_IMPLEMENTED,
        Category::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Category::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Category::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Category::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Category::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Category::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Category::Fault => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
