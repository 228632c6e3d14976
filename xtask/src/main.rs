//! Tasks of the repository itself: `cargo xtask <command>`.
//!
//! To add a command, add a module with `run(arguments)` and a line to [`COMMANDS`].

mod definitions;
mod tidy;

use std::process::ExitCode;

type Command = fn(&[String]) -> anyhow::Result<()>;

/// (name, what it does, what runs it).
const COMMANDS: &[(&str, &str, Command)] = &[
    (
        "definitions",
        "rebuild crates/definitions/assets from the R4 npm package and UK Core",
        definitions::run,
    ),
    ("tidy", "check the rules of the repository that a machine can see", |_| tidy::run()),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = arguments.first().map_or("", String::as_str);
    let Some((_, _, run)) = COMMANDS.iter().find(|(name, _, _)| *name == command) else {
        eprintln!("usage: cargo xtask <command>\n");
        for (name, purpose, _) in COMMANDS {
            eprintln!("  {name:<14}{purpose}");
        }
        return ExitCode::from(2);
    };
    match run(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
