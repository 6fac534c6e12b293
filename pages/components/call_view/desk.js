/** What the page knows beside the call: actions, required phrases, templates, who helps, and who could take over. */

const NOTHING = { actions: [], checklist: [], templates: [], assistant: "", colleagues: [] };

/** From the component's data; the same object as `before` when nothing changed, so that drawing may compare it. */
export function deskFrom({ actions, checklist, templates, assistant, colleagues }, before = NOTHING) {
  const desk = {
    actions: actions ?? NOTHING.actions,
    checklist: checklist ?? NOTHING.checklist,
    templates: templates ?? NOTHING.templates,
    assistant: assistant ?? NOTHING.assistant,
    colleagues: colleagues ?? NOTHING.colleagues,
  };
  return JSON.stringify(desk) === JSON.stringify(before) ? before : desk;
}
