//! Programs that may open tickets, and what they are told.

use clap::{Args as ClapArgs, ValueEnum};
use till_core::{Channel, Fen};
use till_engine::api::Product;

/// A new program.
#[derive(Debug, Clone, ClapArgs)]
pub struct AddProgram {
    /// What it speaks.
    #[arg(long, value_enum)]
    pub protocol: ProtocolArg,
    /// A name for it.
    #[arg(long)]
    pub name: String,
    /// Callbacks and return addresses must begin so (`https://shop.example.com/`). May be given several times.
    #[arg(long = "prefix", value_name = "URL")]
    pub prefixes: Vec<String>,
    /// An address or network that may create orders without the token. May be given several times.
    #[arg(long = "trusted", value_name = "IP")]
    pub trusted: Vec<String>,
    /// Only this channel. May be given several times.
    #[arg(long = "channel", value_name = "CHANNEL")]
    pub channels: Vec<Channel>,
    /// Where callbacks go when an order names no address.
    #[arg(long, value_name = "URL", default_value = "")]
    pub notify_url: String,
    /// Where customers return to when an order names no address.
    #[arg(long, value_name = "URL", default_value = "")]
    pub return_url: String,
    /// Lyn.Pay: a product with its preset amounts (VIP=1.00,1.01); `*` stands in for any product. May be given several times.
    #[arg(long = "product", value_name = "NAME=YUAN,…", value_parser = product)]
    pub products: Vec<Product>,
}

fn product(text: &str) -> Result<Product, String> {
    let (name, amounts) = text.rsplit_once('=').ok_or("NAME=1.00,1.01")?;
    let amounts_fen = amounts.split(',').map(|a| a.trim().parse::<Fen>().map_err(|e| format!("{a}: {e}")));
    Ok(Product { name: name.to_owned(), amounts_fen: amounts_fen.collect::<Result<_, _>>()?, global: name == "*" })
}

super::same_words! {
    /// What a program speaks.
    ProtocolArg of Protocol {
        /// V免签.
        Vmq,
        /// GOGO支付.
        Gogo,
        /// 易支付.
        Epay,
        /// Lyn.Pay.
        Lyn,
        /// Qiantai's own API.
        V1,
    }
}
