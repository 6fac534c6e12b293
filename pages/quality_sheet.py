"""One call to rate: the form beside what was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import streamlit as st

from core.access import Viewer
from core.bootstrap import Services
from core.calls.call import Call, Utterance, fold
from core.calls.events import Recorded
from core.errors import SidetoneError
from core.insights.scorecards.automatic import Moment, Proposal, propose
from core.insights.scorecards.form import Form, Question
from core.insights.scorecards.results import SCORE_FORMULA
from core.insights.scorecards.scoring import Score, score
from core.insights.scorecards.sheet import Answer, blank, fitted, rerun, unfinished, values
from core.insights.scorecards.store import Scorecard, Scorecards
from pages.call_filters import viewer_zone
from pages.literal import literal
from pages.quality_versions import WORDS, others
from pages.waiting import clock

MOMENTS_SHOWN = 4
HEIGHT_PX = 640
STYLE = """<style>
  .st-key-said button { text-align: start; justify-content: flex-start; }
  .st-key-said button > div { justify-content: flex-start; }
</style>"""


@dataclass
class Work:
    """A scorecard being filled in; it outlives the page's runs."""

    call: Call
    proposals: Mapping[str, Proposal]
    """What the rules answer now."""
    saved: Scorecard | None
    sheet: dict[str, Answer]
    comment: str = ""
    changed: bool = False
    """Something is not saved yet."""
    editing: bool = False
    """A finished scorecard is being changed."""
    commenting: str | None = None
    """The question whose comment a click on a line goes to."""
    turn: int = 0
    """Widgets of an earlier turn are forgotten: the answers did not come from them."""
    notes: list[str] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        return self.saved is not None and self.saved.status == "final" and not self.editing

    def answer(self, question_id: str, **given: str | float | None) -> None:
        before = self.sheet[question_id]
        self.sheet[question_id] = replace(before, **given)  # type: ignore[arg-type]
        self.changed = self.changed or self.sheet[question_id] != before


def rate(services: Services, scorecards: Scorecards, viewer: Viewer, form: Form, call_id: str) -> None:
    """The whole page of a call. Raises SidetoneError."""
    key = f"quality:{viewer.name}:{call_id}:{form.version}"
    if st.button("Back to the calls", icon=":material/arrow_back:"):
        if key in st.session_state and not st.session_state[key].changed:
            # Opened again, it is what the database has: another tab may have gone on with it.
            del st.session_state[key]
        del st.query_params["call"]
        st.rerun()
    if key not in st.session_state:
        events = services.log.events(call_id)
        if fold(events, Call(call_id)).live:
            st.info("This call is still going on. It can be rated when it is over.", icon=":material/call:")
            return
        st.session_state[key] = begin(scorecards, viewer, form, events)
    sheet_of(scorecards, viewer, form, st.session_state[key])


def begin(scorecards: Scorecards, viewer: Viewer, form: Form, events: Sequence[Recorded]) -> Work:
    """Go on where the supervisor stopped, or with what the rules answer."""
    call = fold(events, Call(events[0].call_id))
    proposals = propose(form, events)
    saved = scorecards.newest(call.call_id, viewer.name)
    if saved is None:
        return Work(call, proposals, None, blank(form, proposals))
    work = Work(call, proposals, saved, fitted(form, scorecards.sheet(saved.scorecard_id)), saved.comment)
    if saved.version != form.version:
        work.notes.append("The form has changed since. Answers that still fit are kept; look at the others again.")
    return work


@st.fragment
def sheet_of(scorecards: Scorecards, viewer: Viewer, form: Form, work: Work) -> None:
    call, zone = work.call, viewer_zone()
    who = f"{literal(call.agent)} with {literal(call.customer.name if call.customer else 'unknown caller')}"
    st.subheader(who, anchor=False)
    started = f"{call.started_at.astimezone(zone):%d %b %Y, %H:%M} · " if call.started_at else ""
    st.caption(f"{started}{clock(call.duration_s)} · [open in replay]({moment_link(viewer, call.call_id, 0.0)})")
    said, asked = st.columns([5, 6], gap="large")
    with asked:
        result = st.container()
        with st.container(key="scorecard"):
            for section in form.sections:
                heading = st.empty()
                for question in section.questions:
                    ask(work, viewer, question)
                heading.markdown(
                    f"##### {literal(section.title)}{share(score(form, values(work.sheet)), section.title)}"
                )
            given = st.text_area(
                "Comment on the whole call", work.comment, disabled=work.closed, key=f"{work.turn}:{call.call_id}:all"
            )
            work.changed = work.changed or given != work.comment
            work.comment = given
        save(scorecards, viewer, form, work)
        others(scorecards, form, call.call_id, viewer.name, own_finished=work.closed)
        with result:
            tell(score(form, values(work.sheet)), work)
    with said:
        transcript(form, work)


def share(result: Score, section: str) -> str:
    percent = result.sections[section]
    return "" if percent is None else f" · {percent:.0f} %"


def tell(result: Score, work: Work) -> None:
    """The score as it stands, and what there is to know about it."""
    for note in work.notes:
        st.info(note, icon=":material/info:")
    with st.container(key="score"):
        st.metric("Score", "–" if result.percent is None else f"{result.percent:.0f} %", help=SCORE_FORMULA)
    for question in result.failed_by:
        st.error(f"Automatic fail: “{literal(question.ask)}” is No, so the score is 0.", icon=":material/block:")
    if work.closed and work.saved is not None:
        at = work.saved.at.astimezone(viewer_zone())
        st.success(f"Finished on {at:%d %b %Y, %H:%M}.", icon=":material/check_circle:")
    elif work.changed or work.saved is None:
        st.caption("Not saved yet.")
    else:
        st.caption("Draft saved.")


def ask(work: Work, viewer: Viewer, question: Question) -> None:
    answer = work.sheet[question.id]
    key = f"{work.turn}:{work.call.call_id}:{question.id}"
    with st.container(border=True, key=f"question-{question.id}"):
        if question.auto_fail:
            st.markdown(":red-badge[:material/block: A No makes the score 0]")
        if question.kind == "text":
            given: str | None = st.text_area(
                question.ask, answer.value, help=question.help or None, disabled=work.closed, key=key
            )
        else:
            choices = question.choices
            given = st.radio(
                question.ask,
                choices,
                index=choices.index(answer.value) if answer.value in choices else None,
                format_func=lambda value: WORDS.get(value, value),
                horizontal=True,
                help=f"{question.help} Weight {question.weight:g}.".strip(),
                disabled=work.closed,
                key=key,
            )
        work.answer(question.id, value=given or "")
        automatic(work, viewer, question)
        comment(work, viewer, question)


def automatic(work: Work, viewer: Viewer, question: Question) -> None:
    """What the rule answered and why, and why that does not stand."""
    answer, now = work.sheet[question.id], work.proposals.get(question.id)
    if answer.automatic:
        same = now is not None and (now.value, now.why) == (answer.automatic, answer.why)
        shown = [link(viewer, work.call.call_id, one) for one in now.moments[:MOMENTS_SHOWN]] if now and same else []
        where = f" {' · '.join(shown)}" if shown else ""
        st.caption(f":material/robot_2: Rule: **{WORDS[answer.automatic]}**. {literal(answer.why)}{where}")
    if now is not None and now.value != answer.automatic:
        st.caption(f":material/update: The rules would now answer {WORDS[now.value]}. Nothing is changed by itself.")
    if answer.overrides:
        reason = st.text_input(
            "Why the rule's answer does not stand",
            answer.reason,
            disabled=work.closed,
            key=f"{work.turn}:{work.call.call_id}:{question.id}:reason",
        )
        work.answer(question.id, reason=reason)


def comment(work: Work, viewer: Viewer, question: Question) -> None:
    answer = work.sheet[question.id]
    open_here = work.commenting == question.id
    key = f"{work.turn}:{work.call.call_id}:{question.id}"
    if open_here or answer.comment:
        given = st.text_area("Comment", answer.comment, height=68, disabled=work.closed, key=f"{key}:comment")
        work.answer(question.id, comment=given)
    with st.container(horizontal=True, vertical_alignment="center"):
        if answer.at_s is not None:
            st.markdown(
                f":material/schedule: At {link(viewer, work.call.call_id, Moment(answer.at_s, ''))}", width="content"
            )
            if not work.closed and st.button("Untie", type="tertiary", key=f"{key}:untie"):
                work.answer(question.id, at_s=None)
                st.rerun(scope="fragment")
        if work.closed:
            return
        if open_here:
            st.caption("Choose a line of the transcript to tie this comment to it.")
        elif st.button("Comment", icon=":material/add_comment:", type="tertiary", key=f"{key}:open"):
            work.commenting = question.id
            st.rerun(scope="fragment")


def transcript(form: Form, work: Work) -> None:
    st.html(STYLE)
    st.markdown("##### What was said")
    target = form.question(work.commenting) if work.commenting and not work.closed else None
    if target:
        st.caption(f"Choose a line: its time goes into the comment on “{literal(target.ask)}”")
    elif not work.closed:
        st.caption("To tie a comment to a moment, choose Comment at a question, then a line here.")
    lines = work.call.transcript
    if not lines:
        st.info("Nothing was said in this call.", icon=":material/voice_over_off:")
        return
    tied = {answer.at_s for answer in work.sheet.values() if answer.at_s is not None}
    with st.container(height=HEIGHT_PX, key="said", gap=None):
        for line in lines:
            said(work, line, target, line.start_s in tied)


def said(work: Work, line: Utterance, target: Question | None, tied: bool) -> None:
    speaker = "**Agent**" if line.speaker == "agent" else "Customer"
    words = f"`{clock(line.start_s)}` {speaker}: {literal(line.text)}"
    if target is None:
        st.markdown(f":material/comment: {words}" if tied else words)
    elif st.button(
        words, type="tertiary", icon=":material/comment:" if tied else None, key=f"line-{line.utterance_id}"
    ):
        work.answer(target.id, at_s=line.start_s)
        st.rerun(scope="fragment")


def save(scorecards: Scorecards, viewer: Viewer, form: Form, work: Work) -> None:
    with st.container(horizontal=True):
        if work.closed:
            if st.button("Edit again", icon=":material/edit:", help="The finished scorecard is kept in the history."):
                work.editing, work.turn = True, work.turn + 1
                st.rerun(scope="fragment")
            return
        finish = st.button("Finish", type="primary", icon=":material/check:")
        draft = st.button("Save draft", icon=":material/save:")
        again = st.button(
            "Run the rules again",
            icon=":material/refresh:",
            help="Replaces the rules' own answers. What you decided against them stays.",
        )
    missing = unfinished(form, work.sheet)
    if finish and missing:
        st.warning("Before it can be finished:\n" + "".join(f"\n- {literal(one)}" for one in missing))
    elif finish or draft:
        keep(scorecards, viewer, form, work, final=finish)
    if again:
        work.sheet, other = rerun(form, work.sheet, work.proposals)
        work.turn += 1
        work.changed = True
        told = ", ".join(f"“{literal(question.ask)}” is {WORDS[work.sheet[question.id].value]}" for question in other)
        work.notes = [f"Changed by the rules: {told}." if told else "The rules answer as before."]
        st.rerun(scope="fragment")


def keep(scorecards: Scorecards, viewer: Viewer, form: Form, work: Work, *, final: bool) -> None:
    try:
        work.saved = scorecards.save(
            form, work.call.call_id, viewer.name, work.sheet, comment=work.comment, final=final
        )
    except SidetoneError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    work.changed, work.notes, work.turn = False, [], work.turn + 1
    if final:
        work.editing, work.commenting = False, None
    st.rerun(scope="fragment")


def link(viewer: Viewer, call_id: str, moment: Moment) -> str:
    return f"[{clock(moment.at_s)}]({moment_link(viewer, call_id, moment.at_s)})"


def moment_link(viewer: Viewer, call_id: str, at_s: float) -> str:
    """A link opens a session of its own, which has to be told who looks."""
    return "replay?" + urlencode({"call": call_id, "at": f"{at_s:.2f}", "as": viewer.name})
