"""Why accounts refuse something: each reason with its sentences."""

from __future__ import annotations

from enum import StrEnum

from omnireid.errors import AccountError


class Refusal(StrEnum):
    """A reason. Pages say it in their own language, by this name."""

    CREDENTIALS = "credentials"
    TOO_MANY = "too_many"
    CODE = "code"
    STARTED = "started"
    PASSWORD_WRONG = "password_wrong"
    PASSWORD_SHORT = "password_short"
    PASSWORD_LONG = "password_long"
    PASSWORD_GUESSED = "password_guessed"
    NAME = "name"
    NAME_TAKEN = "name_taken"
    ADMINISTRATOR_AND_AUDITOR = "administrator_and_auditor"
    LAST_ADMINISTRATOR = "last_administrator"
    KEY_LABEL = "key_label"
    KEY_EMPTY = "key_empty"
    KEY_LASTS = "key_lasts"
    KEY_PERMISSIONS = "key_permissions"
    KEY_CAMERAS = "key_cameras"
    UNKNOWN_USER = "unknown_user"
    UNKNOWN_KEY = "unknown_key"
    PROVIDER = "provider"
    PROVIDER_USER = "provider_user"


SENTENCES: dict[Refusal, tuple[str, str, str]] = {
    Refusal.CREDENTIALS: (
        "you are not signed in",
        "the name or the password is wrong, or the account is disabled",
        "try again, or ask the administrator for a new password",
    ),
    Refusal.TOO_MANY: (
        "the attempt was not looked at",
        "too many before it failed, for this name or from this address",
        "wait {seconds} seconds and try again",
    ),
    Refusal.CODE: (
        "the one-time code does not work",
        "it is mistyped, was used before, or is too old",
        "check each letter, or have a new code made",
    ),
    Refusal.STARTED: (
        "no user was made",
        "this gallery has its first user already",
        "sign in, or ask the administrator to add you",
    ),
    Refusal.PASSWORD_WRONG: (
        "the password was not changed",
        "the present password is another",
        "try again, or ask the administrator for a one-time code",
    ),
    Refusal.PASSWORD_SHORT: (
        "the password was not taken",
        "it has {length} characters, and at least {least} are needed",
        "choose a longer one; a few words that do not belong together are easy to remember",
    ),
    Refusal.PASSWORD_LONG: (
        "the password was not taken",
        "it has {length} characters, and at most {most} are read",
        "choose a shorter one",
    ),
    Refusal.PASSWORD_GUESSED: (
        "the password was not taken",
        "it repeats a few characters, or is hardly more than the user name",
        "choose another; a few words that do not belong together are easy to remember",
    ),
    Refusal.NAME: (
        "no user was made",
        "a name has 1 to {most} characters that can be printed",
        "choose such a name",
    ),
    Refusal.NAME_TAKEN: (
        "no user was made",
        "the name {name} is taken",
        "choose another name",
    ),
    Refusal.ADMINISTRATOR_AND_AUDITOR: (
        "the roles were not given",
        "the auditor checks what the administrator does, so nobody is both, not even one after "
        "the other",
        "give the two roles to two users",
    ),
    Refusal.LAST_ADMINISTRATOR: (
        "the change was not made",
        "nobody would be left to administer this gallery",
        "make another administrator first",
    ),
    Refusal.KEY_LABEL: (
        "the key was not made",
        "its name is empty or longer than {most} characters",
        "say in a few words what the key is for",
    ),
    Refusal.KEY_EMPTY: (
        "the key was not made",
        "it would allow nothing",
        "choose at least one permission",
    ),
    Refusal.KEY_LASTS: (
        "the key was not made",
        "a key lasts 1 to {most} days",
        "choose fewer days, and make a new key when they are over",
    ),
    Refusal.KEY_PERMISSIONS: (
        "the key was not made",
        "its owner may not: {names}",
        "leave that out, or have the role given first",
    ),
    Refusal.KEY_CAMERAS: (
        "the key was not made",
        "its owner does not see: {names}",
        "choose among the cameras of the user's scope",
    ),
    Refusal.UNKNOWN_USER: (
        "there is no such user",
        "nobody called {name} was added here",
        "check the list of users",
    ),
    Refusal.UNKNOWN_KEY: (
        "there is no such key",
        "number {number} is not among the keys",
        "check the list of keys",
    ),
    Refusal.PROVIDER: (
        "you are not signed in",
        "the sign-in at {provider} did not succeed ({detail})",
        "try again; if it stays, tell the administrator",
    ),
    Refusal.PROVIDER_USER: (
        "you are not signed in",
        "{provider} knows you, and none of your groups there has a role here",
        "ask the administrator for access",
    ),
}


def refuse(reason: Refusal, **values: str | int) -> AccountError:
    """The error that says so."""
    what, why, to_do = (sentence.format(**values) for sentence in SENTENCES[reason])
    return AccountError(what, why, to_do, refusal=reason.value, values=values)
