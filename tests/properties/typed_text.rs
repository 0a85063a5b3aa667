//! P30, P40: names, labels, reasons and the names of operators are what people typed. They come through as data, and bounded.

use second_factor::{Action, Actor, Authority, Error, Event, EventKind, NewAuthenticator, NotAllowed, Reset};

use crate::common::{World, ceremonies::generous, key};

/// Markup, a spreadsheet's formulas, other lines, right-to-left text, format strings, SQL.
const HOSTILE: [&str; 10] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp; %3Cb%3E",
    "=HYPERLINK(\"http://x\",\"y\")",
    "+1+1|cmd",
    "-2+3",
    "@SUM(A1)",
    "\u{202e}txt.exe",
    "{0} %s ${jndi:x}",
    "'; DROP TABLE users; --",
];

/// Texts that would begin another line of a log, or another header of a mail.
const LINES: [&str; 3] = ["a\r\nBcc: b", "a\nb", "a\u{85}b"];

fn texts(kind: &EventKind) -> Vec<&str> {
    match kind {
        EventKind::AuthenticatorAdded { name }
        | EventKind::AuthenticatorReplaced { name }
        | EventKind::AuthenticatorRenamed { name } => vec![name],
        EventKind::BrowserTrusted { label, .. } | EventKind::BrowserRenamed { label } => vec![label],
        EventKind::Reset { by: Actor::Operator(by), reason } => vec![by, reason],
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn p40_hostile_names_labels_and_reasons_come_through_as_data() {
    for text in HOSTILE {
        let world = World::with(generous());
        let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
        let proof = world.proof(&account, &phone, &Action::AddAuthenticator).await;
        let new = NewAuthenticator::new("ann").named(text);
        let enrollment = world.verifier.enroll(&account, Authority::StepUp(&proof), &new).await.unwrap();
        let _second = world.confirmed(&account, &enrollment).await;
        let _browser = world.trusting(&account, &phone, text).await;
        let status = world.verifier.status(&account, None).await.unwrap();
        let (app, device) = (&status.authenticators()[1], &status.devices()[0]);
        assert_eq!((app.name.as_str(), device.label.as_str()), (text, text));
        world.verifier.rename_authenticator(&account, app.id, text).await.unwrap();
        world.verifier.rename_device(&account, device.id, text).await.unwrap();
        let by = Actor::Operator(text.into());
        world.verifier.reset(&key("ann"), Reset::by(by, text)).await.unwrap();

        let logged = world.audit.lock().unwrap().clone();
        let told: Vec<_> = world.outbox.notices().iter().map(|notice| notice.event().clone()).collect();
        for (events, times) in [(&logged, 6), (&told, 4)] {
            let all: Vec<_> =
                events.iter().flat_map(|event| texts(event.kind())).filter(|it| *it == text).collect();
            assert_eq!(all.len(), times, "{text:?} in {events:?}");
        }
        for event in &logged {
            let json = serde_json::to_string(event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), *event, "and reads back as it was");
        }
    }
}

#[tokio::test]
async fn p40_names_and_labels_are_one_line_and_everything_is_bounded() {
    let world = World::with(generous());
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let _browser = world.trusting(&account, &phone, &"x".repeat(1 << 20)).await;
    let status = world.verifier.status(&account, None).await.unwrap();
    let (app, device) = (status.authenticators()[0].id, &status.devices()[0]);
    assert_eq!(device.label, "x".repeat(40), "no sign-in fails over what a browser says of itself");
    let refused = |result: second_factor::Result<()>, text: &str| match result {
        Err(Error::NotAllowed(no)) => no,
        other => panic!("{:.20}: {other:?}", text),
    };
    let long = "x".repeat(1 << 20);
    for text in LINES.into_iter().chain([long.as_str(), "", " "]) {
        let renamed = world.verifier.rename_authenticator(&account, app, text).await;
        assert_eq!(refused(renamed, text), NotAllowed::InvalidName);
        let renamed = world.verifier.rename_device(&account, device.id, text).await;
        assert_eq!(refused(renamed, text), NotAllowed::InvalidName);
    }
    let reset = |by: &str, reason: &str| Reset::by(Actor::Operator(by.into()), reason);
    let by_long = world.verifier.reset(&key("ann"), reset(&long, "lost")).await.map(drop);
    assert_eq!(refused(by_long, "by"), NotAllowed::InvalidName);
    for reason in [long.as_str(), "", " \n"] {
        let for_long = world.verifier.reset(&key("ann"), reset("support", reason)).await.map(drop);
        assert_eq!(refused(for_long, reason), NotAllowed::InvalidReason);
    }
    assert!(world.verifier.status(&account, None).await.unwrap().is_on(), "nothing of it was done");
}
