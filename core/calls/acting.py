"""What may be done for the customer of a call: proposed by anybody, done on a person's word."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from core.access import Viewer, require
from core.calls.call import Action, Call
from core.calls.events import ActionProposed, ActionRefused, ActionTaken, ActionUndone
from core.calls.log import EventLog
from core.errors import ActionError, CallError


class Previewed(Protocol):
    """What an action would change, and whether an agent alone may have it done."""

    @property
    def text(self) -> str: ...
    @property
    def needs_supervisor(self) -> bool: ...


class Done(Protocol):
    """What the audit trail says of an action."""

    @property
    def effect(self) -> str: ...
    @property
    def taken_by(self) -> str: ...
    @property
    def undone_by(self) -> str | None: ...


class Actions(Protocol):
    """See `core.customers.actions`."""

    def preview(
        self, action: str, customer_id: str, arguments: Mapping[str, Any], role: str = "agent"
    ) -> Previewed: ...

    def carry_out(
        self,
        action_id: str,
        action: str,
        customer_id: str,
        arguments: Mapping[str, Any],
        *,
        call_id: str,
        by: str,
        role: str,
    ) -> str: ...

    def undo(self, action_id: str, by: str) -> None: ...

    def deed(self, action_id: str) -> Done | None: ...


class Acting:
    """The life of every action: proposed, then taken or refused, and perhaps undone. Safe to use from any thread."""

    def __init__(self, event_log: EventLog, actions: Actions, new_id: Callable[[str], str]) -> None:
        self._log = event_log
        self._actions = actions
        self._new_id = new_id
        # Between looking at an action's state and logging the next one, nobody else may do the same.
        self._lock = threading.Lock()

    def propose(self, call_id: str, action: str, arguments: Mapping[str, Any], proposed_by: str) -> str:
        """Put an action before the agent, with what it would change; its id. While the same one waits for a decision
        it is not put there twice. Raises CallError, ActionError."""
        with self._lock:
            call = self._open_call(call_id)
            if call.customer is None:
                raise CallError("nobody is identified yet: choose the customer before acting for one")
            customer_id = call.customer.customer_id
            preview = self._actions.preview(action, customer_id, arguments)
            for waiting in call.actions.values():
                same = (waiting.proposed.action, waiting.proposed.preview) == (action, preview.text)
                if same and waiting.state == "proposed" and waiting.proposed.customer_id == customer_id:
                    return waiting.proposed.action_id
            proposed = ActionProposed(
                action_id=self._new_id("act"),
                action=action,
                customer_id=customer_id,
                arguments=dict(arguments),
                preview=preview.text,
                proposed_by=proposed_by,
                needs_supervisor=preview.needs_supervisor,
            )
            self._log.append(call_id, proposed)
            return proposed.action_id

    def confirm(self, call_id: str, action_id: str, viewer: Viewer) -> ActionTaken | ActionRefused:
        """Carry an action out on the word of `viewer`; again, the same answer and nothing more.

        Raises NotAllowed for strangers, CallError for what is unknown, undone or wrapped up.
        """
        require(viewer, "act")
        with self._lock:
            call = self._log.call(call_id)
            action = _action(call, action_id)
            match action.state:
                case "taken":
                    return ActionTaken(action_id=action_id, effect=action.effect, taken_by=action.by)
                case "refused":
                    return ActionRefused(action_id=action_id, reason=action.reason)
                case "undone":
                    raise CallError("this was undone; propose it again")
            self._open_call(call_id)
            event = self._carried_out(call, action.proposed, viewer)
            self._log.append(call_id, event)
            return event

    def decline(self, call_id: str, action_id: str, reason: str) -> None:
        """The agent decides against a proposed action. Raises CallError when it is taken already."""
        with self._lock:
            state = _action(self._open_call(call_id), action_id).state
            if state in ("taken", "undone"):
                raise CallError("this was done already; undo it instead")
            if state == "proposed":
                self._log.append(call_id, ActionRefused(action_id=action_id, reason=reason or "declined"))

    def undo(self, call_id: str, action_id: str, viewer: Viewer) -> None:
        """Take an action back while the call is not wrapped up; nothing the second time.

        Raises NotAllowed, CallError, ActionError.
        """
        require(viewer, "act")
        with self._lock:
            state = _action(self._open_call(call_id), action_id).state
            if state == "undone":
                return
            if state != "taken":
                raise CallError("this was never done, so there is nothing to undo")
            self._actions.undo(action_id, viewer.name)
            self._log.append(call_id, ActionUndone(action_id=action_id, undone_by=viewer.name))

    def catch_up(self, call_id: str) -> None:
        """Log what was done just before a process stopped, before it could be logged."""
        for action_id, action in self._log.call(call_id).actions.items():
            deed = self._actions.deed(action_id) if action.state in ("proposed", "taken") else None
            if deed is not None and action.state == "proposed":
                self._log.append(call_id, ActionTaken(action_id=action_id, effect=deed.effect, taken_by=deed.taken_by))
            if deed is not None and deed.undone_by is not None:
                self._log.append(call_id, ActionUndone(action_id=action_id, undone_by=deed.undone_by))

    def _carried_out(self, call: Call, proposed: ActionProposed, viewer: Viewer) -> ActionTaken | ActionRefused:
        if call.customer is None or call.customer.customer_id != proposed.customer_id:
            return ActionRefused(
                action_id=proposed.action_id, reason="it was for another customer; propose it again for this one"
            )
        try:
            preview = self._actions.preview(proposed.action, proposed.customer_id, proposed.arguments)
            if preview.text != proposed.preview:
                raise ActionError(f"it would now be: {preview.text}; propose it again")
            effect = self._actions.carry_out(
                proposed.action_id,
                proposed.action,
                proposed.customer_id,
                proposed.arguments,
                call_id=call.call_id,
                by=viewer.name,
                role=viewer.role,
            )
        except ActionError as error:
            return ActionRefused(action_id=proposed.action_id, reason=str(error))
        return ActionTaken(action_id=proposed.action_id, effect=effect, taken_by=viewer.name)

    def _open_call(self, call_id: str) -> Call:
        call = self._log.call(call_id)
        if call.wrap_up is not None:
            raise CallError("the call is wrapped up; nothing can be done in it any more")
        return call


def _action(call: Call, action_id: str) -> Action:
    action = call.actions.get(action_id)
    if action is None:
        raise CallError(f"call {call.call_id} has no action {action_id}; reload the page")
    return action
