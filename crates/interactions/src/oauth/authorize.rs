//! The authorization endpoint: from a request to a code, with the person asked on the way.
//!
//! Each visit goes through the same steps from the start ([`App::step_of`]), so that nothing that was
//! true when the page was shown is believed when the form comes back.

use ::store::{KeptChange, KeptExpected};
use access::{Context, Scopes, Who};
use fhir::ResourceId;
use identity::level::Missing;
use identity::oauth::{
    AuthorizationRequest, CODE_LIFETIME, Client, Code, ErrorCode, Grant, Launch, OFFLINE_WHOLE,
    OauthError, Parameters, Prompt, Refused,
};
use identity::secret_key;
use identity::session::{Session, WHOLE};

use super::asking::{Asking, AuthorizationStep, WAITS, Waiting};
use super::failure::OauthFailure;
use super::grants::Consent;
use super::launch::Launched;
use super::{CODE, CONSENT, LAUNCH, REQUEST, SECOND, change, is_secret, read, removal};
use crate::app::App;
use crate::failure::Failure;
use crate::sign_in::{AccountKind, SignedIn};

/// Scopes besides those of data that can be granted.
pub(super) const PLAIN: [&str; 7] = [
    "openid",
    "fhirUser",
    "profile",
    "launch",
    "launch/patient",
    "offline_access",
    "online_access",
];

/// How far a request has come.
enum Reached {
    /// It waits for this step of the person.
    Waits(fn(String) -> AuthorizationStep),
    /// It waits for them to choose or to agree.
    Asks { asking: Asking, is_choice: bool },
    /// Nothing is missing.
    Ready(Box<Ready>),
}

/// What a code is made of.
struct Ready {
    patient: Option<ResourceId>,
    launched: Option<KeptChange>,
    scopes: Scopes,
    signed_in: SignedIn,
    session_key: String,
}

/// What the person has done with the request already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    /// They come from the app.
    First,
    /// They come back from a page of ours.
    Again,
    /// They have just agreed.
    Agreed,
}

fn no(code: ErrorCode, words: &str) -> OauthFailure {
    OauthFailure::Refused(OauthError::new(code, words))
}

impl App {
    /// A request as the app sent it, by whoever has the session of this token.
    pub async fn authorize(
        &self,
        pairs: Vec<(String, String)>,
        session: Option<&str>,
    ) -> Result<AuthorizationStep, Failure> {
        let app = self.elevated();
        let parameters = match Parameters::of(pairs) {
            Ok(parameters) => parameters,
            Err(error) => return Ok(AuthorizationStep::Refused(error)),
        };
        let client = match AuthorizationRequest::client_of(&parameters) {
            Some(id) => app.client(id).await?,
            None => None,
        };
        let read = AuthorizationRequest::read(&parameters, client.as_ref(), &app.addresses());
        let (request, client) = match (read, client) {
            (Ok(request), Some(client)) => (request, client),
            (Err(Refused::Back { location, error }), _) => {
                tracing::info!(error = error.code.as_str(), "an authorization was refused");
                return Ok(AuthorizationStep::Redirect { location });
            }
            (Err(Refused::Here(error)), _) => return Ok(AuthorizationStep::Refused(error)),
            (Ok(_), None) => {
                let error = OauthError::new(ErrorCode::InvalidRequest, "there is no such client");
                return Ok(AuthorizationStep::Refused(error));
            }
        };
        let waiting = Waiting { request, made: app.clock.now(), chosen: None };
        app.step(None, &waiting, &client, session, Visit::First).await
    }

    /// A request that has waited for the person. One that is not known, any longer, is refused.
    pub async fn continue_authorization(
        &self,
        name: &str,
        session: Option<&str>,
    ) -> Result<AuthorizationStep, Failure> {
        let app = self.elevated();
        match app.waiting(name).await? {
            Some((waiting, client)) => {
                app.step(Some(name), &waiting, &client, session, Visit::Again).await
            }
            None => Ok(gone()),
        }
    }

    /// The person has chosen whose record it is about, by the id of a Person.
    pub async fn choose_patient(
        &self,
        name: &str,
        session: &str,
        person: &ResourceId,
    ) -> Result<AuthorizationStep, Failure> {
        let app = self.elevated();
        let Some((mut waiting, client)) = app.waiting(name).await? else { return Ok(gone()) };
        let Some(signed_in) = app.signed_in(session).await? else {
            return Ok(AuthorizationStep::SignIn(name.to_owned()));
        };
        let patient = app.patient_for(&signed_in, person).await?;
        waiting.chosen = Some((signed_in.account.name, patient.to_string()));
        app.wait(name, &waiting).await?;
        app.step(Some(name), &waiting, &client, Some(session), Visit::Again).await
    }

    /// The person has agreed, or not.
    pub async fn decide_authorization(
        &self,
        name: &str,
        session: &str,
        agrees: bool,
    ) -> Result<AuthorizationStep, Failure> {
        let app = self.elevated();
        let Some((waiting, client)) = app.waiting(name).await? else { return Ok(gone()) };
        if agrees {
            return app.step(Some(name), &waiting, &client, Some(session), Visit::Agreed).await;
        }
        app.store.keep(vec![removal(REQUEST, &secret_key(name), KeptExpected::Any)]).await?;
        let error = OauthError::new(ErrorCode::AccessDenied, "the person did not agree");
        let location = waiting.request.refused(&error, &app.addresses());
        Ok(AuthorizationStep::Redirect { location })
    }

    async fn waiting(&self, name: &str) -> Result<Option<(Waiting, Client)>, Failure> {
        if !is_secret(name) {
            return Ok(None);
        }
        let Some(kept) = self.store.kept(REQUEST, &secret_key(name)).await? else {
            return Ok(None);
        };
        let waiting: Waiting = read(&kept)?;
        let client = self.client(&waiting.request.client).await?;
        Ok(client.map(|client| (waiting, client)))
    }

    async fn wait(&self, name: &str, waiting: &Waiting) -> Result<(), Failure> {
        let until = waiting.made + WAITS;
        let change = change(REQUEST, &secret_key(name), KeptExpected::Any, waiting, until);
        self.store.keep(vec![change]).await?;
        Ok(())
    }

    /// The next step, with the request kept where it waits for the person.
    async fn step(
        &self,
        name: Option<&str>,
        waiting: &Waiting,
        client: &Client,
        session: Option<&str>,
        visit: Visit,
    ) -> Result<AuthorizationStep, Failure> {
        let reached = match self.step_of(waiting, client, session, visit).await {
            Ok(reached) => reached,
            Err(OauthFailure::Failed(failure)) => return Err(failure),
            Err(OauthFailure::Refused(error)) => {
                tracing::info!(error = error.code.as_str(), "an authorization was refused");
                let location = waiting.request.refused(&error, &self.addresses());
                return Ok(AuthorizationStep::Redirect { location });
            }
        };
        if let Reached::Ready(ready) = reached {
            return self.grant(name, waiting, client, *ready).await;
        }
        let name = if let Some(name) = name {
            name.to_owned()
        } else {
            let name = self.oauth_secret();
            self.wait(&name, waiting).await?;
            name
        };
        Ok(match reached {
            Reached::Waits(step) => step(name),
            Reached::Asks { asking, is_choice } => {
                let asking = Box::new(Asking { request: name, ..asking });
                if is_choice {
                    AuthorizationStep::ChoosePatient(asking)
                } else {
                    AuthorizationStep::Consent(asking)
                }
            }
            Reached::Ready(_) => gone(),
        })
    }

    async fn step_of(
        &self,
        waiting: &Waiting,
        client: &Client,
        session: Option<&str>,
        visit: Visit,
    ) -> Result<Reached, OauthFailure> {
        let request = &waiting.request;
        let scopes = self.grantable(&request.scope, client)?;
        let quiet = request.prompt == Prompt::Never;
        let signed_in = match session {
            Some(token) => self.signed_in(token).await?,
            None => None,
        };
        let (signed_in, token) = match (proven(waiting, &scopes, signed_in), session) {
            (Ok(signed_in), Some(token)) => (*signed_in, token),
            (Ok(_), None) => return Ok(Reached::Waits(AuthorizationStep::SignIn)),
            (Err(missing), _) if quiet => return Err(missing.error()),
            (Err(missing), _) => return Ok(Reached::Waits(missing.step())),
        };
        let (patient, launched) = self.patient_of(waiting, &scopes, &signed_in).await?;
        let asking = Asking {
            request: String::new(),
            client: client.name.clone(),
            redirect_uri: request.redirect_uri.clone(),
            scopes: scopes.clone(),
            patient: patient.clone(),
            is_own: match &signed_in.caller.who {
                Who::Citizen(citizen) => citizen.subject == citizen.person,
                _ => false,
            },
        };
        if patient.is_none() && needs_patient(&scopes) {
            let words = "nobody has said whose record it is about";
            if quiet {
                return Err(no(ErrorCode::InteractionRequired, words));
            }
            return Ok(Reached::Asks { asking, is_choice: true });
        }
        if visit != Visit::Agreed {
            let may_skip = visit == Visit::First
                && matches!(request.prompt, Prompt::Needed | Prompt::Never)
                && client.is_sure_at(&request.redirect_uri)
                && self.has_agreed(client, &signed_in, patient.as_ref(), &scopes).await?;
            if !may_skip && quiet {
                return Err(no(
                    ErrorCode::ConsentRequired,
                    "the person has not agreed to this yet",
                ));
            }
            if !may_skip {
                return Ok(Reached::Asks { asking, is_choice: false });
            }
        }
        let session_key = secret_key(token);
        Ok(Reached::Ready(Box::new(Ready { patient, launched, scopes, signed_in, session_key })))
    }

    /// What of the scopes can be granted to the client for a person.
    fn grantable(&self, asked: &str, client: &Client) -> Result<Scopes, OauthFailure> {
        let invalid =
            |words: String| OauthFailure::Refused(OauthError::new(ErrorCode::InvalidScope, words));
        let asked = self.scopes(asked).map_err(invalid)?;
        let allowed = self.scopes(&client.scope).map_err(invalid)?;
        let mut scopes = asked.narrowed_to(&allowed);
        scopes.plain.retain(|plain| PLAIN.contains(&&**plain));
        scopes.data.retain(|scope| scope.context != Context::System);
        if scopes.data.is_empty() && !scopes.has("openid") {
            return Err(invalid("none of the scopes can be granted to this client".to_owned()));
        }
        Ok(scopes)
    }

    /// The patient that it is about, and the change that spends the launch.
    async fn patient_of(
        &self,
        waiting: &Waiting,
        scopes: &Scopes,
        signed_in: &SignedIn,
    ) -> Result<(Option<ResourceId>, Option<KeptChange>), OauthFailure> {
        let request = &waiting.request;
        if let Some(launch) = &request.launch {
            let words = "launch is not of this app and person, or has expired";
            let unknown = || no(ErrorCode::InvalidRequest, words);
            let key = secret_key(launch);
            let kept = self.store.kept(LAUNCH, &key).await?.ok_or_else(unknown)?;
            let launched: Launched = read(&kept)?;
            if launched.client != request.client || launched.account != signed_in.account.name {
                return Err(unknown());
            }
            let spends = removal(LAUNCH, &key, KeptExpected::Version(kept.version));
            let patient = ResourceId::parse(&launched.patient).ok_or_else(unknown)?;
            return Ok((Some(patient), Some(spends)));
        }
        if !needs_patient(scopes) {
            return Ok((None, None));
        }
        if let Who::Citizen(citizen) = &signed_in.caller.who {
            let words = "there is no record of the person here";
            let own = citizen.patients.first().ok_or_else(|| no(ErrorCode::AccessDenied, words))?;
            return Ok((Some(own.clone()), None));
        }
        let chosen = waiting.chosen.as_ref();
        let chosen = chosen.filter(|(account, _)| *account == signed_in.account.name);
        Ok((chosen.and_then(|(_, patient)| ResourceId::parse(patient)), None))
    }

    /// A Patient of a person whose record the one who has signed in may open.
    pub(super) async fn patient_for(
        &self,
        signed_in: &SignedIn,
        person: &ResourceId,
    ) -> Result<ResourceId, Failure> {
        use crate::failure::Category;
        use fhir::IssueCode;
        let own = self.acting_as(signed_in.caller.clone());
        let patients = self.patients_of_person(person).await?;
        let is_open = match &signed_in.caller.who {
            Who::Staff(_) => own.relation_to(person).await? == crate::sign_in::Relation::Known,
            Who::Citizen(citizen) => citizen.subject == *person,
            _ => false,
        };
        let Some(patient) = patients.into_iter().next() else {
            let message = "there is no record of this person";
            return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
        };
        if is_open {
            return Ok(patient);
        }
        let message = "your organisation has nothing to do with this person; open their record with a reason first";
        Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message))
    }

    /// Gives the code: the request, the launch and the code change together.
    async fn grant(
        &self,
        name: Option<&str>,
        waiting: &Waiting,
        client: &Client,
        ready: Ready,
    ) -> Result<AuthorizationStep, Failure> {
        let request = &waiting.request;
        let now = self.clock.now();
        let Ready { patient, launched, scopes, signed_in, session_key } = ready;
        let is_offline = scopes.has("offline_access");
        let session = Session { form_token: String::new(), ..signed_in.session };
        let grant = Grant {
            client: client.id.clone(),
            scope: scopes.to_string(),
            launch: Launch { patient: patient.as_ref().map(ToString::to_string) },
            ends: if is_offline { now + OFFLINE_WHOLE } else { session.begun + WHOLE },
            online: (!is_offline).then_some(session_key),
            begun: now,
            session,
        };
        let consent = Consent::key(client, &signed_in.account, patient.as_ref());
        let agreed = Consent { scope: grant.scope.clone() };
        let code = Code::Fresh {
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            expires: now + CODE_LIFETIME,
            grant: Box::new(grant),
        };
        let secret = self.oauth_secret();
        let mut changes = vec![
            change(CODE, &secret_key(&secret), KeptExpected::Absent, &code, now + CODE_LIFETIME),
            change(CONSENT, &consent, KeptExpected::Any, &agreed, now + OFFLINE_WHOLE),
        ];
        if let Some(name) = name {
            let key = secret_key(name);
            // Of two forms sent at once, one gets a code.
            let Some(kept) = self.store.kept(REQUEST, &key).await? else { return Ok(gone()) };
            changes.push(removal(REQUEST, &key, KeptExpected::Version(kept.version)));
        }
        changes.extend(launched);
        if !self.store.keep(changes).await? {
            return Ok(gone());
        }
        let location = request.granted(&secret, &self.addresses());
        Ok(AuthorizationStep::Redirect { location })
    }
}

/// What is missing before it is known who somebody is.
enum NotProven {
    SignIn,
    Better(Missing),
}

impl NotProven {
    fn step(&self) -> fn(String) -> AuthorizationStep {
        match self {
            NotProven::SignIn => AuthorizationStep::SignIn,
            NotProven::Better(Missing::Code) => AuthorizationStep::GiveCode,
            NotProven::Better(Missing::Proof) => AuthorizationStep::Prove,
        }
    }

    /// The same where the person is not to be asked.
    fn error(&self) -> OauthFailure {
        match self {
            NotProven::SignIn => no(ErrorCode::LoginRequired, "nobody has signed in"),
            NotProven::Better(_) => {
                let words = "the person must prove better who they are";
                no(ErrorCode::InteractionRequired, words)
            }
        }
    }
}

/// Who has signed in, if that is not too long ago and proves enough.
fn proven(
    waiting: &Waiting,
    scopes: &Scopes,
    signed_in: Option<SignedIn>,
) -> Result<Box<SignedIn>, NotProven> {
    let request = &waiting.request;
    let oldest = request.max_age.map(|age| waiting.made - age * SECOND);
    let oldest = oldest.max((request.prompt == Prompt::SignIn).then_some(waiting.made));
    let fresh = signed_in.filter(|held| oldest.is_none_or(|oldest| held.session.begun >= oldest));
    let Some(signed_in) = fresh else { return Err(NotProven::SignIn) };
    // Who wants to know only who somebody is need not know more of them.
    let is_staff = matches!(signed_in.account.kind, AccountKind::Staff { .. });
    match signed_in.missing.filter(|_| is_staff || !scopes.data.is_empty()) {
        Some(missing) => Err(NotProven::Better(missing)),
        None => Ok(Box::new(signed_in)),
    }
}

/// Whether what is asked for is about one patient.
fn needs_patient(scopes: &Scopes) -> bool {
    scopes.has("launch")
        || scopes.has("launch/patient")
        || scopes.data.iter().any(|scope| scope.context == Context::Patient)
}

fn gone() -> AuthorizationStep {
    AuthorizationStep::Refused(OauthError::new(
        ErrorCode::InvalidRequest,
        "this request has been answered or has waited too long; go back to the app and begin again",
    ))
}
