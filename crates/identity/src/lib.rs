//! Proving who somebody is: passwords, one-time codes, passkeys, signed tokens, OAuth 2.1 and OpenID Connect as rules without sockets or storage.
