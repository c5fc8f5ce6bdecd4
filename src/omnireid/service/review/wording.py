"""Which sentence tells which state, reason or action."""

from __future__ import annotations

from omnireid.review import Action, Reason, State, Verdict
from omnireid.search import Band

STATES = {
    State.CANDIDATE: "review_state_candidate",
    State.CONFIRMED_ONCE: "review_state_confirmed_once",
    State.CONFIRMED: "review_state_confirmed",
    State.DISPUTED: "review_state_disputed",
    State.REJECTED: "review_state_rejected",
    State.CLOSED: "review_state_closed",
}

BADGES = {
    State.CANDIDATE: "",
    State.CONFIRMED_ONCE: "info",
    State.CONFIRMED: "good",
    State.DISPUTED: "caution",
    State.REJECTED: "bad",
    State.CLOSED: "",
}

REASONS = {
    Reason.CLOTHES: "review_reason_clothes",
    Reason.BUILD: "review_reason_build",
    Reason.CARRIED: "review_reason_carried",
    Reason.PLACE_TIME: "review_reason_place_time",
    Reason.UNCLEAR: "review_reason_unclear",
    Reason.OTHER: "review_reason_other",
}

ACTIONS = {
    Action.OPENED: "review_act_opened",
    Action.CHANGED: "review_act_changed",
    Action.MEMBER_ADDED: "review_act_member_added",
    Action.MEMBER_REMOVED: "review_act_member_removed",
    Action.COLLECTED: "review_act_collected",
    Action.CONFIRM: "review_act_confirm",
    Action.REJECT: "review_act_reject",
    Action.WITHDRAW: "review_act_withdraw",
    Action.CLOSE: "review_act_close",
    Action.REOPEN: "review_act_reopen",
    Action.NOTE: "review_act_note",
    Action.CASE_CLOSED: "review_act_case_closed",
    Action.CASE_REOPENED: "review_act_case_reopened",
    Action.EXPORTED: "review_act_exported",
    Action.ERASED: "review_act_erased",
}

BANDS = {
    Band.LIKELY: "review_band_likely",
    Band.POSSIBLE: "review_band_possible",
    Band.UNLIKELY: "review_band_unlikely",
}

SAID = {
    Verdict.CONFIRM: "review_said_confirm",
    Verdict.REJECT: "review_said_reject",
    Verdict.WITHDRAW: "review_said_withdraw",
    Verdict.CLOSE: "review_said_close",
    Verdict.REOPEN: "review_said_reopen",
}
