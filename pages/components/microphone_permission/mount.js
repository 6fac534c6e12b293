/** Asks for the microphone once and reports how that went: "granted", or the name of what stood in the way. */

const asked = new WeakSet();

export default function mount({ parentElement, setStateValue }) {
  if (asked.has(parentElement)) return;
  asked.add(parentElement);
  ask().then((outcome) => setStateValue("outcome", outcome));
}

async function ask() {
  // Browsers leave this out on addresses that are neither https nor this machine.
  if (!navigator.mediaDevices?.getUserMedia) return "InsecureContextError";
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    stream.getTracks().forEach((track) => track.stop());
    return "granted";
  } catch (error) {
    return error.name;
  }
}
