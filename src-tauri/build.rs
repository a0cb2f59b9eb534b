//! Gives our own commands their permissions: a command not listed here cannot be allowed in a capability file.

fn main() {
    const COMMANDS: &[&str] = &[
        "call",
        "open_counter",
        "toggle_counter_fullscreen",
        "counter",
        "set_practice",
        "restart",
        "pick_backup",
        "pick_folder",
        "recovery_view",
        "recovery_choose",
        "recovery_quit",
    ];
    let attributes = tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    tauri_build::try_build(attributes).expect("tauri-build");
}
