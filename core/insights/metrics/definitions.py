"""What each KPI means: its name on the page, its unit, its formula, and which way is better."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["calls", "s", "%", "1-5", "-1 to 1", "per call", "words/min", "ratings"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A KPI in words. Shares are values from 0 to 1 and shown as percent."""

    label: str
    unit: Unit
    formula: str
    better: Literal["up", "down"] | None = None


KPI_HELP: dict[str, Definition] = {
    "calls": Definition("Calls", "calls", "Calls and chats that began in this time and are over."),
    "offered": Definition(
        "Offered",
        "calls",
        "Customers who came into the queue, without those who hung up within 5 seconds.",
    ),
    "handled": Definition(
        "Handled", "calls", "Calls an agent answered, and calls that never waited in the queue, such as recordings."
    ),
    "abandoned": Definition(
        "Abandoned",
        "calls",
        "Customers who hung up before an agent answered, after 5 seconds or more.",
        "down",
    ),
    "aht_s": Definition(
        "Average handle time",
        "s",
        "(talk + hold + after-call work) ÷ handled. What is not wrapped up adds none.",
        "down",
    ),
    "talk_s": Definition("Talk", "s", "From the answer to the end, without hold ÷ handled."),
    "hold_s": Definition("Hold", "s", "Time the customer was on hold ÷ handled.", "down"),
    "acw_s": Definition(
        "After-call work",
        "s",
        "From the end to the wrap-up ÷ handled. Not wrapped up yet adds none.",
        "down",
    ),
    "first_response_s": Definition(
        "First response",
        "s",
        "Mean of the time from the customer's call to the agent's first word or message, waiting included.",
        "down",
    ),
    "asa_s": Definition(
        "Average speed of answer", "s", "Sum of the waits of answered customers ÷ answered from the queue.", "down"
    ),
    "abandonment": Definition(
        "Abandonment",
        "%",
        "Abandoned ÷ offered. Who hung up within 5 seconds counts in neither. Not told for single agents: "
        "nobody's desk has a call that was never answered.",
        "down",
    ),
    "service_level": Definition(
        "Service level",
        "%",
        "Answered within the target of routing.yaml ÷ offered, abandoned ones included. Not told for single agents.",
        "up",
    ),
    "resolution": Definition(
        "Resolution", "%", "Wrapped up as resolved ÷ wrapped up with an answer to whether it was resolved.", "up"
    ),
    "fcr": Definition(
        "First-call resolution (7 days)",
        "%",
        "Resolved calls of identified customers who did not call again within 7 days of its end ÷ resolved calls of "
        "identified customers that ended at least 7 days ago.",
        "up",
    ),
    "csat": Definition("CSAT", "%", "Ratings of 4 or 5 ÷ ratings given by customers after the call.", "up"),
    "rating": Definition("Mean rating", "1-5", "Sum of the ratings ÷ ratings.", "up"),
    "ratings": Definition("Ratings", "ratings", "Customers who gave a rating."),
    "sentiment_start": Definition(
        "Mood at start",
        "-1 to 1",
        "Inferred from the customer's first 3 scored sentences, mean over calls. No survey: this is not CSAT.",
        "up",
    ),
    "sentiment_end": Definition(
        "Mood at end",
        "-1 to 1",
        "Inferred from the customer's last 3 scored sentences, mean over calls. No survey: this is not CSAT.",
        "up",
    ),
    "talk_ratio": Definition(
        "Agent's share of the talking", "%", "Agent's speech ÷ (agent's + customer's speech), voice calls."
    ),
    "non_talk": Definition(
        "Non-talk time", "%", "Time in which nobody speaks, hold aside ÷ talk time, voice calls.", "down"
    ),
    "interruptions": Definition(
        "Interruptions", "per call", "Times one began while the other was in mid-speech ÷ handled voice calls.", "down"
    ),
    "agent_wpm": Definition("Agent's pace", "words/min", "Agent's words ÷ minutes of their speech, voice calls."),
    "customer_wpm": Definition(
        "Customer's pace", "words/min", "Customer's words ÷ minutes of their speech, voice calls."
    ),
    "checklist": Definition("Checklist", "%", "Checklist items said ÷ (items on the list × handled calls).", "up"),
    "alerts": Definition("Alerts", "per call", "Alerts shown to the agent ÷ handled calls.", "down"),
    "transfers": Definition("Transfers", "per call", "Times a call was given on ÷ handled calls.", "down"),
    "occupancy": Definition(
        "Occupancy",
        "%",
        "(busy + after-call work) ÷ signed-in time of the agents. Away is not signed in. Only dates and agents of the "
        "filter matter.",
    ),
}


def shown(value: float | None, unit: Unit, *, bare: bool = False) -> str:
    """A value as people read it, `bare` without its unit: 31 %, 45 s, 6:12 min, 0.35. A dash for None."""
    if value is None:
        return "–"
    match unit:
        case "%":
            text, name = f"{100 * value:.0f}", " %"
        case "s" if round(value) >= 120:
            minutes, seconds = divmod(round(value), 60)
            text, name = f"{minutes}:{seconds:02}", " min"
        case "s":
            text, name = f"{value:.0f}", " s"
        case "calls" | "ratings" | "words/min":
            text, name = f"{value:,.0f}", ""
        case "per call":
            text, name = f"{value:.1f}", ""
        case _:
            text, name = f"{value:.2f}", ""
    return text if bare else text + name
