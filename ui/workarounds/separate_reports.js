// Reports of our components, each in a message of its own.
//
// What widgets report until Streamlit 1.67.0 sends its next message (WidgetStateManager.scheduleFlush) is sent as if it
// were all of one fragment: the others are not redrawn, and the console warns of it. A field reports as it loses the
// focus, so each report has a task of its own, and waits until the one before it has been sent. Delete this once a message
// redraws the fragments of all that it reports.

let sent = Promise.resolve();

export const report = (setTriggerValue, name, value) => {
  const send = (done) => {
    setTimeout(done); // after Streamlit's message, which waits as long
    setTriggerValue(name, value);
  };
  sent = sent.then(() => new Promise((done) => setTimeout(send, 0, done)));
};
