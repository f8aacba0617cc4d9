"""Reports of our components go out one after another, each in a message of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testing.browser_driver import App

ADDRESS = "_stcore/bidi-components/workarounds/separate_reports.js"

TWO_REPORTS = """
async (address) => {
    const { report } = await import(address);
    const seen = [];
    const asStreamlit = (name) => {  // which sends a message in the next task
        seen.push(name);
        setTimeout(() => seen.push("message"));
    };
    const fails = () => { throw new Error("unmounted"); };
    report(asStreamlit, "first", 1);
    report(fails, "second", 2);
    report(asStreamlit, "third", 3);
    seen.push("the task that reported");
    await new Promise((done) => report((name) => setTimeout(() => done(seen.push(name))), "last", 4));
    return seen;
}
"""


def test_each_report_waits_for_the_message_of_the_one_before(app: App) -> None:
    app.watch.expect("unmounted")
    seen = app.page.evaluate(TWO_REPORTS, f"{app.url}/{ADDRESS}")
    assert seen == ["the task that reported", "first", "message", "third", "message", "last"]
