//! The samples of `docs/programs.md`, tried as they stand there.

use serde_json::Value;

use crate::cashier::Cashier;

const DOCUMENT: &str = include_str!("../../../../docs/programs.md");

/// The fenced blocks of this kind.
fn blocks(kind: &str) -> Vec<Value> {
    let fence = format!("```json {kind}\n");
    let texts = DOCUMENT.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next());
    texts.map(|text| serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))).collect()
}

/// The names of an object, of those inside it too.
fn names(value: &Value) -> Vec<String> {
    let Some(object) = value.as_object() else { return Vec::new() };
    let mut all: Vec<String> = object.keys().cloned().collect();
    all.extend(object.values().flat_map(names));
    all.sort_unstable();
    all
}

#[tokio::test]
async fn each_request_gets_an_answer_of_the_shape_below_it() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let (asked, answers) = (blocks("pay"), blocks("answer"));
    assert_eq!((asked.len(), answers.len()), (3, 3));
    for (asked, answer) in asked.into_iter().zip(answers) {
        let (status, paying) = cashier.pays(&ticket, asked.clone()).await;
        assert_eq!(status, 200, "{asked} {paying}");
        assert_eq!(names(&paying), names(&answer), "{asked}");
        assert_eq!((&paying["surface"], &paying["expires_at_ms"].is_i64()), (&answer["surface"], &true));
        let length = |value: &Value| value["out_trade_no"].as_str().map(str::len);
        assert_eq!(length(&paying), length(&answer), "{asked}");
    }
    for back in blocks("returned") {
        let (status, problem) = cashier.returned(back["query"].as_str().unwrap()).await;
        assert_eq!((status, problem["code"].as_str()), (400, Some("not_authentic")), "it has no signature: {problem}");
    }
}

/// Every function that the document names is there, and every one there is in it.
#[tokio::test]
async fn the_historic_functions_are_those_of_the_document() {
    let cashier = Cashier::new().await;
    let table = DOCUMENT.split("| `function` |").nth(1).unwrap().split("\n\n").next().unwrap();
    let named: Vec<&str> = table.lines().skip(2).map(|line| line.split('`').nth(1).unwrap()).collect();
    for function in &named {
        assert_eq!(cashier.historic(function, Value::Null).await.0, 400, "{function}");
    }
    let known = serde_json::to_value(till_engine::merchant::v1::HistoricFunction::ALL).unwrap();
    assert_eq!(known, serde_json::json!(named));
}
