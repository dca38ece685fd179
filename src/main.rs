//! The program `netflix`.

use std::process::ExitCode;

/// Parsing makes and drops very many small values; this allocator does that in two thirds of the system's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    netflix::cli::main()
}
