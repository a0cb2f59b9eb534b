//! What every provider has in its table.

use qiantai_tests::gateway::{Fault, Step, Wallet};

use crate::play::{Case, Customer, Ends};

/// A sale in which a provider says one code, once, and does nothing.
pub fn code(step: Step, codes: (&str, &str), ends: Ends) -> Case {
    let customer = if step == Step::Scan { Customer::Shows(Wallet::PaysAtOnce) } else { Customer::FindsNoCode };
    let fault = Fault::ProviderCode(codes.0.into(), codes.1.into());
    let name = format!("{step:?} is answered with {} {}", codes.0, codes.1);
    Case { name, customer, faults: vec![(step, fault, 1)], ends }
}

/// A table of such.
pub fn codes(step: Step, table: &[(&str, &str, Ends)]) -> Vec<Case> {
    table.iter().map(|(first, second, ends)| code(step, (first, second), *ends)).collect()
}

/// Sales in which nothing goes wrong but the customer.
pub fn plain(gives_up: Ends, has_too_little: Ends, is_stale: Ends) -> Vec<Case> {
    use Customer::{GivesUp, PaysOurCode, Shows, TypesPassword};
    let plain = |name: &str, customer, ends| Case { name: name.into(), customer, faults: Vec::new(), ends };
    vec![
        plain("the customer scans our code", PaysOurCode, Ends::Paid),
        plain("we scan, paid at once", Shows(Wallet::PaysAtOnce), Ends::Paid),
        plain("we scan, the customer types the password", TypesPassword, Ends::Paid),
        plain("we scan, the customer gives up at the password", GivesUp, gives_up),
        plain("we scan, too little money", Shows(Wallet::HasTooLittle), has_too_little),
        plain("we scan, a worn code", Shows(Wallet::IsStale), is_stale),
        plain("we scan, paid behind an error of the system", Shows(Wallet::PaysUnseen), Ends::Paid),
    ]
}

/// What is done, while the answer proves nothing.
const DONE: [Fault; 5] = [Fault::LoseAnswer, Fault::Garbage, Fault::WrongSignature, Fault::Unsigned, Fault::Duplicate];

/// What is not done.
fn undone() -> [Fault; 3] {
    let error = |status| Fault::Error { status, body: "<h1>Internal Server Error</h1>".into() };
    [Fault::LoseRequest, error(500), error(502)]
}

fn case(customer: Customer, step: Step, fault: &Fault, times: u32, ends: Ends) -> Case {
    let name = format!("{customer:?}, {step:?} goes wrong {times} times: {fault:?}");
    Case { name, customer, faults: vec![(step, fault.clone(), times)], ends }
}

/// Everything between the till and the provider goes wrong once or twice. `begins_again`: a code that was not made is
/// asked for again under the same number.
pub fn wires(begins_again: bool) -> Vec<Case> {
    use Customer::{FindsNoCode, PaysOurCode, Shows};
    let charged = Shows(Wallet::PaysAtOnce);
    let mut cases = Vec::new();
    for fault in &DONE {
        cases.push(case(charged, Step::Scan, fault, 1, Ends::Paid));
    }
    for fault in &undone() {
        cases.push(case(charged, Step::Scan, fault, 1, Ends::Unsettled));
    }
    for fault in DONE.iter().chain(&undone()) {
        let (customer, ends) = if begins_again { (PaysOurCode, Ends::Paid) } else { (FindsNoCode, Ends::Unsettled) };
        cases.push(case(customer, Step::Code, fault, 1, ends));
        cases.push(case(PaysOurCode, Step::Query, fault, 2, Ends::Paid));
    }
    // An answer to somebody else's question, authentic: believed for nobody but them.
    cases.push(case(charged, Step::Scan, &Fault::OldAnswer, 1, Ends::Paid));
    cases.push(case(PaysOurCode, Step::Query, &Fault::OldAnswer, 2, Ends::Paid));
    cases.push(case(charged, Step::Query, &Fault::OldAnswer, 2, Ends::Paid));
    cases
}
