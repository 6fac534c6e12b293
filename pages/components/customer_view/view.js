/** The customer's screen, from top to bottom: how it stands, the controls, the chat, and the rating afterwards. */

import { el, setAttribute, setText } from "../call_view/dom.js";
import { newChat } from "./chat.js";
import { newControls } from "./controls.js";
import { newRating } from "./rating.js";
import { newStanding } from "./standing.js";

export function newView({ send, again }) {
  const standing = newStanding();
  const controls = newControls({ send });
  const chat = newChat({ send });
  const rating = newRating({ send });
  const callAgain = el("button", { type: "button", onclick: again }, "Call again");
  const problem = el("p", { class: "problem", role: "alert" });
  const root = el(
    "div",
    { class: "customer-view", "data-testid": "customer-view" },
    standing.node,
    controls.node,
    problem,
    rating.node,
    callAgain,
    chat.node,
  );

  return {
    root,
    draw(state) {
      const { call, line } = state;
      const ended = call?.phase === "ended";
      const gone = line.state === "closed" && !ended;
      setAttribute(root, "data-phase", call?.phase);
      setAttribute(root, "data-line", line.state);
      standing.draw(state);
      controls.draw(state);
      chat.draw(state);
      rating.draw(state);
      setText(problem, state.problem);
      problem.hidden = !state.problem;
      callAgain.hidden = !ended && !gone;
      // One button at a time is the one to press.
      callAgain.classList.toggle("primary", !rating.open);
    },
  };
}
