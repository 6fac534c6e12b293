/** Values as the agent reads them. What cannot be read as a number or a date is shown as it came. */

const PARTIES = { customer: "Customer", agent: "Agent" };

export const partyName = (party) => PARTIES[party] ?? party;

/** `mm:ss`, or `h:mm:ss` from an hour on. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${two(minutes)}:${two(whole % 60)}`;
}

export function money(amount) {
  if (amount === null || amount === undefined || amount === "") return "";
  const value = Number(amount);
  if (Number.isNaN(value)) return String(amount);
  return value.toLocaleString("en-US", { style: "currency", currency: "USD" });
}

export function date(value) {
  if (!value) return "";
  const day = new Date(value);
  if (Number.isNaN(day.getTime())) return String(value);
  return day.toLocaleDateString("en-US", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

export const words = (name) => String(name ?? "").replaceAll("_", " ");

/** First letter in upper case. */
export const title = (name) => words(name).replace(/^./, (letter) => letter.toUpperCase());

export const numbered = (number) => (number ? `#${String(number).replace(/^#/, "")}` : "");

/** What a quick action is called on this desk. */
export const actionLabel = ({ actions }, name) =>
  actions.find(({ action }) => action === name)?.label ?? title(name);
