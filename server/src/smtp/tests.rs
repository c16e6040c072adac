use super::*;

fn numbers(text: &str) -> Numbers {
    let (reply, words) = text.split_once(' ').unwrap_or((text, ""));
    Numbers { reply: reply.parse().unwrap(), status: status_in(words) }
}

/// What each of these answers means at a step.
fn meanings(step: Step, answers: &[&str]) -> Vec<Refused> {
    answers.iter().map(|answer| numbers(answer).meaning(step)).collect()
}

fn all_mean(step: Step, answers: &[&str], expected: Refused) {
    for (answer, meant) in answers.iter().zip(meanings(step, answers)) {
        assert_eq!(meant, expected, "{step:?}: {answer}");
    }
}

#[test]
fn an_answer_that_nobody_has_the_address_is_final() {
    let answers = [
        "550 no such user here",
        "550 5.1.1 <ama@waterside.example> User unknown",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound",
        "550 5.4.1 Recipient address rejected: Access denied",
        "550 5.0.0 refused",
        "551 5.1.6 moved",
        "553 5.1.3 bad syntax",
        "554 no",
        "550 5.2.1 the mailbox is closed",
        "556 5.1.10 this domain takes no mail",
        "501 5.1.3 bad address",
    ];
    all_mean(Step::Recipient, &answers, Refused::Address);
    // Some look only once they have the message.
    let answers = ["550 5.1.1 User unknown", "554 5.1.2 no such domain", "553 5.1.3 bad syntax"];
    all_mean(Step::Content, &answers, Refused::Address);
}

#[test]
fn what_may_pass_or_may_be_about_us_keeps_the_message() {
    let answers = [
        "552 5.2.2 Mailbox full",
        "552 mailbox full",
        "550 5.2.2 over quota",
        "450 4.2.1 greylisted, try again",
        "450 4.1.1 not verified yet",
        "451 local error",
        "452 4.2.2 mailbox full",
        "550 5.7.1 Unable to relay",
        "554 5.7.1 Client host rejected",
        "550 5.7.606 Access denied, banned sending IP",
        "550 5.1.8 sender's domain does not exist",
        "553 5.1.7 the sender's address is no address",
        "550 4.1.1 a reply that contradicts itself",
        "503 5.5.1 not now",
        "555 5.5.4 unknown parameters",
    ];
    all_mean(Step::Recipient, &answers, Refused::Message);
    let answers =
        ["554 5.7.1 looks like spam", "550 no", "554 no", "552 5.2.2 full", "451 4.7.1 later"];
    all_mean(Step::Content, &answers, Refused::Message);
}

#[test]
fn a_refusal_of_us_stops_everything_and_says_why() {
    let cases = [
        (Step::Connecting, "421 4.3.2 closing", MailStop::Busy),
        (Step::Connecting, "554 no mail service here", MailStop::Busy),
        (Step::Securing, "454 4.7.0 TLS not available", MailStop::NotSecure),
        (Step::SigningIn, "535 5.7.8 bad credentials", MailStop::SignIn),
        (Step::SigningIn, "534 5.7.9 application-specific password required", MailStop::SignIn),
        (Step::SigningIn, "454 4.7.0 temporary authentication failure", MailStop::SignIn),
        (Step::SigningIn, "535", MailStop::SignIn),
        (Step::Sender, "530 5.7.0 authentication required", MailStop::SignIn),
        (Step::Sender, "538 5.7.11 encryption required", MailStop::NotSecure),
        (Step::Sender, "550 5.7.1 not allowed to send as this", MailStop::Sender),
        (Step::Sender, "553 5.1.8 sender's domain does not exist", MailStop::Sender),
        (Step::Sender, "550 5.1.1 even this", MailStop::Sender),
        (Step::Sender, "554 no", MailStop::Sender),
        (Step::Sender, "552 5.2.2 our own mailbox is full", MailStop::Sender),
        (Step::Sender, "451 4.3.0 later", MailStop::Busy),
        (Step::Sender, "452 too much", MailStop::Busy),
        (Step::Recipient, "530 5.7.1 authentication required", MailStop::SignIn),
        (Step::Recipient, "421 4.7.0 too many connections", MailStop::Busy),
        (Step::Recipient, "452 4.3.1 the system is full", MailStop::Busy),
        (Step::Recipient, "550 5.4.5 daily user sending quota exceeded", MailStop::Quota),
        (Step::Content, "550 5.4.5 daily user sending quota exceeded", MailStop::Quota),
        (Step::Content, "421 closing", MailStop::Busy),
    ];
    for (step, answer, why) in cases {
        assert_eq!(numbers(answer).meaning(step), Refused::Everything(why), "{step:?}: {answer}");
    }
}

#[test]
fn an_enhanced_status_is_three_numbers_at_the_beginning() {
    assert_eq!(status_in("5.1.1 <ama@waterside.example> unknown"), Some([5, 1, 1]));
    assert_eq!(status_in("5.7.606"), Some([5, 7, 606]));
    for none in ["", "no such user", "5.1 no", "5.1.1.1 no", "192.168.0.1 is blocked", "a.b.c"] {
        assert_eq!(status_in(none), None, "{none}");
    }
}

#[test]
fn the_address_of_a_mail_server_says_how_it_is_spoken_to() {
    let at = |address: &str| Server::at(address).unwrap();
    let plain = at("smtp://mail.example.org");
    assert!(plain.port == 25 && matches!(plain.tls, Tls::None) && plain.credentials.is_none());
    let wrapped = at("smtps://office:secret@mail.example.org/school.example.org");
    assert!(wrapped.port == 465 && matches!(wrapped.tls, Tls::Wrapper(_)));
    assert_eq!(wrapped.hello, ClientId::Domain("school.example.org".into()));
    let required = at("smtp://mail.example.org:2525?tls=required");
    assert!(required.port == 2525 && matches!(required.tls, Tls::Required(_)));
    let perhaps = at("smtp://mail.example.org?tls=opportunistic");
    assert!(perhaps.port == 587 && matches!(perhaps.tls, Tls::Opportunistic(_)));
    let signed_in = at("smtps://office%40example.org:p%25ss%2Fw%3Ard@mail.example.org");
    let expected = Credentials::new("office@example.org".into(), "p%ss/w:rd".into());
    assert!(signed_in.credentials == Some(expected));
    for none in ["", "mail.example.org", "http://mail.example.org", "smtp://h?tls=maybe", "smtp:"] {
        assert!(Server::at(none).is_none(), "{none}");
    }
}
