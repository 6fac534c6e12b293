/** What the page knows beside the call: which quick actions, required phrases and templates there are, and who helps. */

const NOTHING = { actions: [], checklist: [], templates: [], assistant: "" };

/** From the component's data; the same object as `before` when nothing changed, so that drawing may compare it. */
export function deskFrom({ actions, checklist, templates, assistant }, before = NOTHING) {
  const desk = {
    actions: actions ?? NOTHING.actions,
    checklist: checklist ?? NOTHING.checklist,
    templates: templates ?? NOTHING.templates,
    assistant: assistant ?? NOTHING.assistant,
  };
  return JSON.stringify(desk) === JSON.stringify(before) ? before : desk;
}
