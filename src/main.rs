//! The program `netflix`.

use std::process::ExitCode;

/// Parsing and the engine make and drop very many small values; this allocator, which the engine shares, does that in
/// two thirds of the system's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    netflix::cli::main()
}
