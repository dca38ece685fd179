//! The program `netflix`.

use std::process::ExitCode;

fn main() -> ExitCode {
    netflix::cli::main()
}
