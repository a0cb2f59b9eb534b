use clap::{CommandFactory, Parser};
use till_core::{Channel, Fen};

use super::*;

fn parse(line: &str) -> Result<Args, clap::Error> {
    Args::try_parse_from(std::iter::once("qiantai").chain(line.split_whitespace())).and_then(Args::checked)
}

#[test]
fn the_definition_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn no_command_opens_the_windows() {
    let args = parse("").unwrap();
    assert!(args.command.is_none() && !args.headless && !args.common.practice);
}

#[test]
fn headless_takes_a_directory_and_an_address() {
    let args = parse("--headless --data /d --bind 127.0.0.1:0 --practice").unwrap();
    assert!(args.headless && args.common.practice);
    assert_eq!(args.common.data.unwrap(), PathBuf::from("/d"));
    assert_eq!(args.bind.unwrap().to_string(), "127.0.0.1:0");
    assert!(parse("--headless device list").is_err());
    assert!(parse("--bind nowhere").is_err());
}

#[test]
fn common_flags_stand_before_or_after_the_command() {
    for line in ["--json --data /d ticket list", "ticket list --json --data /d", "ticket --json list --data /d"] {
        let args = parse(line).unwrap();
        assert!(args.common.json, "{line}");
        assert_eq!(args.common.data.unwrap(), PathBuf::from("/d"), "{line}");
    }
}

#[test]
fn a_passphrase_is_never_an_argument() {
    let args = parse("set-passphrase --change --old-file old - --passphrase-file kept").unwrap();
    assert_eq!(args.common.passphrase_file.unwrap(), PathBuf::from("kept"));
    let Some(Command::SetPassphrase(SetPassphrase { file, change: true, old_file })) = args.command else { panic!() };
    assert_eq!((file.unwrap(), old_file.unwrap()), (PathBuf::from("-"), PathBuf::from("old")));
    assert!(parse("set-passphrase --old-file old").is_err(), "an old one is given to change it");
    let Some(Command::UnlockContracts { file: None }) = parse("unlock-contracts").unwrap().command else { panic!() };
    assert!(parse("--headless --passphrase-file /run/secret").is_ok());
}

#[test]
fn amounts_are_whole_fen() {
    for (text, fen) in [("15", 1500), ("15.5", 1550), ("0.01", 1)] {
        let Some(Command::Ticket(Ticket::Open { price, .. })) = parse(&format!("ticket open {text}")).unwrap().command
        else {
            panic!("{text}")
        };
        assert_eq!(price, Fen::new(fen).unwrap());
    }
    for text in ["15.005", "-1", "1,000", "1e3", "abc"] {
        assert_eq!(parse(&format!("ticket open {text}")).unwrap_err().exit_code(), 2, "{text}");
    }
}

#[test]
fn settling_by_hand_needs_channel_and_reason() {
    let args = parse("ticket settle 7 --channel wechat --reason seen").unwrap();
    let Some(Command::Ticket(Ticket::Settle { id, channel, reason })) = args.command else { panic!() };
    assert_eq!((id, channel, reason.as_str()), (7, Channel::Wechat, "seen"));
    assert!(parse("ticket settle 7 --channel wechat").is_err());
    assert!(parse("ticket settle 7 --channel paypal --reason x").is_err());
}

#[test]
fn a_statement_takes_its_password_from_a_file_and_never_from_the_line() {
    let args = parse("statement bill.zip --password-file - --limit 5").unwrap();
    let Some(Command::Statement(Statement { file, id, password_file, limit })) = args.command else { panic!() };
    assert_eq!((file.unwrap(), id, limit), (PathBuf::from("bill.zip"), None, 5));
    assert_eq!(password_file.unwrap(), PathBuf::from("-"));
    assert!(parse("statement").is_ok());
    assert!(parse("statement --id 3").is_ok());
    assert!(parse("statement bill.zip --id 3").is_err());
    assert!(parse("statement bill.zip --password 123456").is_err());
    assert!(parse("statement --password-file p").is_err());
}

#[test]
fn a_practice_payment_goes_one_way_only() {
    assert!(parse("practice pay 3 --wrong").is_ok());
    assert!(parse("practice pay 3 --wrong --late").is_err());
}

#[test]
fn recovering_is_one_way_or_the_other() {
    assert!(parse("recover --keep-going").is_ok());
    assert!(parse("recover").is_err() && parse("recover --keep-going --start-empty").is_err());
    assert!(parse("backup --to /stick").is_ok() && parse("restore file.db --yes").is_ok());
}

#[test]
fn every_shell_of_the_list_has_completions() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(parse(&format!("completions {shell}")).is_ok(), "{shell}");
    }
}

#[test]
fn a_program_is_added_with_its_addresses() {
    let line = "add-program --protocol vmq --name shop --prefix https://a.example/ --prefix https://b.example/ --trusted 10.0.0.0/8";
    let Some(Command::AddProgram(new)) = parse(line).unwrap().command else { panic!() };
    assert!(matches!(new.protocol, ProtocolArg::Vmq));
    assert_eq!(
        (new.name.as_str(), new.prefixes.len(), new.trusted.as_slice()),
        ("shop", 2, &["10.0.0.0/8".to_owned()][..])
    );
    for protocol in ["vmq", "gogo", "epay", "lyn", "v1"] {
        assert!(parse(&format!("add-program --protocol {protocol} --name x")).is_ok(), "{protocol}");
    }
    let line = "add-program --protocol lyn --name x --product VIP=1.00,1.01 --product *=9.9";
    let Some(Command::AddProgram(new)) = parse(line).unwrap().command else { panic!() };
    let fen: Vec<Vec<i64>> = new.products.iter().map(|p| p.amounts_fen.iter().map(|a| a.get()).collect()).collect();
    assert_eq!(fen, [vec![100, 101], vec![990]]);
    assert!(!new.products[0].global && new.products[1].global);
    assert!(parse("add-program --protocol lyn --name x --product VIP").is_err());
    assert!(parse("add-program --protocol lyn --name x --product VIP=1.005").is_err());
    assert!(parse("add-program --protocol paypal --name x").is_err());
    assert!(parse("add-program --protocol vmq").is_err());
    assert!(parse("revoke-program").is_err() && parse("revoke-program 1").is_ok() && parse("renew-program 1").is_ok());
    assert!(parse("callbacks --undelivered").is_ok() && parse("send-again 7").is_ok() && parse("programs").is_ok());
}

#[test]
fn a_contract_takes_its_values_as_texts_and_files() {
    let line = "add-gateway --provider alipay --name front --simulator http://127.0.0.1:9 --value app_id=2021 --value seller_id= \
                --file app_private_key=k=1.pem --notify-url https://a.example/notify/alipay --scan-only";
    let Some(Command::AddGateway(new)) = parse(line).unwrap().command else { panic!() };
    assert_eq!(Channel::from(new.provider), Channel::Alipay);
    assert_eq!((new.name.as_str(), new.place.simulator.as_deref()), ("front", Some("http://127.0.0.1:9")));
    assert_eq!(new.values.texts, [("app_id".to_owned(), "2021".to_owned()), ("seller_id".to_owned(), String::new())]);
    assert_eq!(new.values.files, [("app_private_key".to_owned(), PathBuf::from("k=1.pem"))]);
    assert!(new.scan_only && new.notices.relay_url.is_none());
    for wrong in [
        "add-gateway --name x",
        "add-gateway --provider alipay",
        "add-gateway --provider ecny --name x",
        "add-gateway --provider alipay --name x --sandbox --simulator http://127.0.0.1:9",
        "add-gateway --provider alipay --name x --value app_id",
        "add-gateway --provider alipay --name x --value =1",
        "add-gateway --provider alipay --name x --file app_private_key=",
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_contract_changes_only_where_it_is_told_to() {
    let Some(Command::UpdateGateway(change)) = parse("update-gateway 3 --enabled off").unwrap().command else {
        panic!()
    };
    assert_eq!((change.id, change.enabled, change.shows_code, change.name), (3, Some(Switch::Off), None, None));
    assert!(!change.live && !change.place.sandbox && change.place.simulator.is_none());
    assert!(parse("update-gateway 3 --live").is_ok() && parse("update-gateway 3 --shows-code on").is_ok());
    assert!(parse("update-gateway").is_err() && parse("update-gateway 3 --enabled maybe").is_err());
    assert!(parse("update-gateway 3 --live --sandbox").is_err());
}

#[test]
fn a_payment_code_is_never_an_argument() {
    assert!(parse("ticket scan 7").is_ok() && parse("ticket scan 7 281234567890123456").is_err());
    assert!(parse("ticket stop-scan 7").is_ok() && parse("ticket ask 7").is_ok());
    assert!(parse("inbox return 7 --reason late").is_ok() && parse("inbox return 7").is_err());
    assert!(parse("gateways").is_ok() && parse("gateways --fields").is_ok());
    assert!(parse("test-gateway 1").is_ok() && parse("end-gateway 1").is_ok());
    assert!(parse("fetch-bill 1 2026-11-20").is_ok() && parse("fetch-bill 1").is_err());
    assert!(parse("inspect-key key.pem --password-file -").is_ok() && parse("inspect-key").is_err());
}
