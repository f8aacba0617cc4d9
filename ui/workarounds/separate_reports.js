// Sends each report of our components in a message of its own.
//
// Streamlit 1.67.0 batches widget reports into its next message (WidgetStateManager.scheduleFlush) as if all came from
// one fragment: the others are not redrawn, and the console shows a warning. A field reports when it loses focus, so
// each report runs in its own task and waits until the previous one has been sent. Delete this once a message redraws
// the fragments of all widgets that it reports.

let sent = Promise.resolve();

export const report = (setTriggerValue, name, value) => {
  const send = (done) => {
    setTimeout(done); // after Streamlit's message, which has the same delay
    setTriggerValue(name, value);
  };
  sent = sent.then(() => new Promise((done) => setTimeout(send, 0, done)));
};
