//! Who may see and do what: callers, SMART scopes, roles, relationships, consent, one decision with its reasons.
