//! Contracts with payment providers. What is secret comes from files: other people's process lists show a command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use till_core::Channel;

/// A new contract.
#[derive(Debug, Clone, ClapArgs)]
pub struct AddGateway {
    /// With whom.
    #[arg(long, value_enum)]
    pub provider: ProviderArg,
    /// A name for it.
    #[arg(long)]
    pub name: String,
    /// Where its requests go.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Where its notices come from.
    #[command(flatten)]
    pub notices: NoticeArgs,
    /// Tickets keep the shop's own code of this channel; the contract is for scanning only.
    #[arg(long)]
    pub scan_only: bool,
    /// Its values.
    #[command(flatten)]
    pub values: ValueArgs,
}

/// What changes in a contract. What is not named stays.
#[derive(Debug, Clone, ClapArgs)]
pub struct UpdateGateway {
    /// The contract's id.
    pub id: i64,
    /// Another name for it.
    #[arg(long)]
    pub name: Option<String>,
    /// Where its requests go.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Real money again.
    #[arg(long, group = "place")]
    pub live: bool,
    /// Where its notices come from.
    #[command(flatten)]
    pub notices: NoticeArgs,
    /// Off: nothing new is begun through it; what was begun is seen to its end.
    #[arg(long, value_enum, value_name = "ON|OFF")]
    pub enabled: Option<Switch>,
    /// Whether tickets show its code instead of the shop's own code of this channel.
    #[arg(long, value_enum, value_name = "ON|OFF")]
    pub shows_code: Option<Switch>,
    /// Its values.
    #[command(flatten)]
    pub values: ValueArgs,
}

/// Where requests go; nothing: where they went, real money at first.
#[derive(Debug, Clone, ClapArgs)]
pub struct PlaceArgs {
    /// The provider's test system.
    #[arg(long, group = "place")]
    pub sandbox: bool,
    /// A simulator on this computer.
    #[arg(long, group = "place", value_name = "http://127.0.0.1:PORT")]
    pub simulator: Option<String>,
}

/// How notices reach the till; without any it asks.
#[derive(Debug, Clone, ClapArgs)]
pub struct NoticeArgs {
    /// This till's public address for the provider's notices (`https://…/notify/alipay`).
    #[arg(long, value_name = "URL")]
    pub notify_url: Option<String>,
    /// Where notices are kept for this till to fetch.
    #[arg(long, value_name = "URL")]
    pub relay_url: Option<String>,
}

/// Fields of a contract, as the provider calls them; `qiantai gateways --fields` lists them.
#[derive(Debug, Clone, ClapArgs)]
pub struct ValueArgs {
    /// A field that is no secret; an empty text takes its value away. May be given several times.
    #[arg(long = "value", value_name = "FIELD=TEXT", value_parser = text)]
    pub texts: Vec<(String, String)>,
    /// A field from a file (`-`: stdin): keys, certificates, passwords. A PFX file as it is. May be given several times.
    #[arg(long = "file", value_name = "FIELD=FILE", value_parser = file)]
    pub files: Vec<(String, PathBuf)>,
}

fn text(arg: &str) -> Result<(String, String), String> {
    let (field, text) = arg.split_once('=').filter(|(field, _)| !field.is_empty()).ok_or("app_id=2021000000000001")?;
    Ok((field.to_owned(), text.to_owned()))
}

fn file(arg: &str) -> Result<(String, PathBuf), String> {
    match text(arg) {
        Ok((field, path)) if !path.is_empty() => Ok((field, path.into())),
        _ => Err("app_private_key=key.pem".to_owned()),
    }
}

/// The passphrase of the contracts' keys.
#[derive(Debug, Clone, ClapArgs)]
pub struct SetPassphrase {
    /// A file with the new one (`-`: stdin); without it, the terminal is asked.
    pub file: Option<PathBuf>,
    /// There is one already.
    #[arg(long)]
    pub change: bool,
    /// A file with the old one (`-`: stdin); without it, the terminal is asked.
    #[arg(long, value_name = "FILE", requires = "change")]
    pub old_file: Option<PathBuf>,
}

/// A payment provider.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ProviderArg {
    /// 支付宝.
    Alipay,
    /// 微信支付.
    Wechat,
    /// 银联.
    Unionpay,
}

impl From<ProviderArg> for Channel {
    fn from(provider: ProviderArg) -> Channel {
        match provider {
            ProviderArg::Alipay => Channel::Alipay,
            ProviderArg::Wechat => Channel::Wechat,
            ProviderArg::Unionpay => Channel::Unionpay,
        }
    }
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}
