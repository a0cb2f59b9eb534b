//! `qiantai settings …`, `qiantai item …` and `qiantai display …`

use serde_json::{Map, Value};
use till_engine::api::{Code, DisplayLink, QuickItem, Request, Settings as ShopSettings};

use super::{Desk, Said, read_text};
use crate::args::{Item, Settings};
use crate::fault::Fault;
use crate::output::table;
use crate::row;
use crate::words::say;

pub async fn run(desk: &Desk, command: Settings) -> Said {
    let all: Map<String, Value> = desk.ask(Request::Settings {}).await?;
    match command {
        Settings::Get { key: None } => desk.print(Value::Object(all), list),
        Settings::Get { key: Some(key) } => {
            let value = all.get(&key).cloned().ok_or_else(|| unknown(&key))?;
            desk.print(value, |value: Value| plain(&value))
        }
        Settings::Set { key, value } => {
            let settings = changed(all, &key, &value)?;
            let request = Request::SaveSettings { request_id: desk.id(), settings: Box::new(settings) };
            desk.show(request, |saved: Map<String, Value>| {
                format!("{key} = {}", saved.get(&key).map(plain).unwrap_or_default())
            })
            .await
        }
    }
}

/// The settings with one value changed. A text setting takes the text as it stands; the others read as JSON
/// (`true`, `180000`). The engine judges the value.
fn changed(mut all: Map<String, Value>, key: &str, text: &str) -> Result<ShopSettings, Fault> {
    let slot = all.get_mut(key).ok_or_else(|| unknown(key))?;
    let invalid = |e: serde_json::Error| {
        Fault::new(Code::Invalid, say(format!("{key} 不能是 {text}：{e}"), format!("{key} cannot be {text}: {e}")))
    };
    *slot = if slot.is_string() { Value::from(text) } else { serde_json::from_str(text).map_err(invalid)? };
    serde_json::from_value(Value::Object(all)).map_err(invalid)
}

fn unknown(key: &str) -> Fault {
    Fault::new(Code::NotFound, say(format!("没有名为 {key} 的设置。"), format!("There is no setting named {key}.")))
}

fn list(all: Map<String, Value>) -> String {
    table(&all.iter().map(|(key, value)| row![key, plain(value)]).collect::<Vec<_>>())
}

/// A value without the quotes of JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub async fn items(desk: &Desk, command: Item) -> Said {
    let request = match command {
        Item::List => Request::Items {},
        Item::Set { file } => {
            let items = serde_json::from_str(&read_text(&file)?).map_err(|e| {
                let name = file.display();
                Fault::new(
                    Code::Invalid,
                    say(format!("{name} 无法识别：{e}"), format!("{name} is not a list of items: {e}")),
                )
            })?;
            Request::SaveItems { request_id: desk.id(), items }
        }
    };
    desk.show(request, |items: Vec<QuickItem>| {
        let mut rows = vec![row!["name", "price", "category"]];
        rows.extend(items.iter().map(|i| row![i.name, i.price_fen, i.category]));
        table(&rows)
    })
    .await
}

pub async fn display_link(desk: &Desk) -> Said {
    desk.show(Request::DisplayLink {}, |link: DisplayLink| link.url).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Map<String, Value> {
        match serde_json::to_value(ShopSettings::default()).unwrap() {
            Value::Object(all) => all,
            _ => unreachable!("settings are an object"),
        }
    }

    #[test]
    fn one_setting_changes_and_the_others_stay() {
        let settings = changed(all(), "volume", "35").unwrap();
        assert_eq!(settings, ShopSettings { volume: 35, ..ShopSettings::default() });
        assert_eq!(changed(all(), "shop_name", "123").unwrap().shop_name, "123");
    }

    #[test]
    fn a_wrong_name_or_value_is_refused() {
        assert_eq!(changed(all(), "loudness", "3").unwrap_err().exit(), 4);
        for (key, value) in [("volume", "loud"), ("volume", "300"), ("lang", "fr"), ("sound", "1")] {
            assert_eq!(changed(all(), key, value).unwrap_err().exit(), 2, "{key} {value}");
        }
    }
}
