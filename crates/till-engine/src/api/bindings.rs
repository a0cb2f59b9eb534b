//! Writes the TypeScript side of the border. The file is committed; this test fails when it is out of date.
//! `UPDATE_BINDINGS=1 cargo test -p till-engine bindings` writes it anew.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

struct Collect {
    cfg: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Collect {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            let ident = T::ident(&self.cfg);
            if self.found.contains_key(&ident) {
                return;
            }
            self.found.insert(ident, T::decl(&self.cfg));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

#[test]
fn bindings_are_up_to_date() {
    let mut collect = Collect { cfg: Config::new().with_large_int("number"), found: BTreeMap::new() };
    collect.visit::<super::Request>();
    collect.visit::<super::Replies>();
    collect.visit::<super::Event>();
    collect.visit::<super::ApiError>();
    collect.visit::<super::CheckoutState>();
    // Beside the engine: the window that opens when the engine cannot.
    collect.visit::<super::RecoveryView>();
    collect.visit::<super::RecoveryChoice>();
    let mut text = String::from("// Generated from crates/till-engine/src/api. Do not edit: see bindings.rs there.\n");
    for decl in collect.found.values() {
        text.push_str("\nexport ");
        text.push_str(decl.trim());
        text.push('\n');
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/bindings.ts");
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "ui/src/lib/bindings.ts is out of date: UPDATE_BINDINGS=1 cargo test -p till-engine bindings"
    );
}
