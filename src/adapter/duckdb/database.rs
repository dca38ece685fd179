//! The database of the process, opened through the engine's C interface.
//!
//! The engine's crate opens databases too, but lends nobody the handle that a new cast has to be registered with. This
//! file keeps that handle, and is with `timezone/interval.rs` the program's only unsafe code.
#![expect(unsafe_code, reason = "the C interface has no safe counterpart for casts")]

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;
use std::ptr::null_mut;

use ::duckdb::{Connection, Error, ffi};

/// An open database. Connections keep the engine alive by themselves; this handle makes new ones.
pub(super) struct Database {
    raw: ffi::duckdb_database,
}

// SAFETY: the engine's database object is made for use by many threads; the handle is a pointer to it, and only
// dropping it, which needs the one owner, frees it.
unsafe impl Send for Database {}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: the handle came from `duckdb_open_ext` and is closed here alone; open connections share the engine.
        unsafe { ffi::duckdb_close(&raw mut self.raw) };
    }
}

/// A cast of one 64-bit value to one value of type `T`; an error fails the row.
pub(super) type Cast<T> = fn(i64) -> Result<T, String>;

impl Database {
    /// Opens the file, or a database in memory, with settings that must be known from the start.
    ///
    /// # Errors
    /// The file cannot be opened, or the engine refuses a setting: then `InvalidParameterName`.
    pub(super) fn open(path: Option<&Path>, settings: &[(String, String)]) -> Result<Self, Error> {
        let path =
            path.map_or(Ok(CString::from(c":memory:")), |path| CString::new(path.as_os_str().as_encoded_bytes()));
        let path = path?;
        let mut settings: Vec<(CString, CString)> = settings
            .iter()
            .map(|(name, value)| Ok((CString::new(name.as_str())?, CString::new(value.as_str())?)))
            .collect::<Result<_, Error>>()?;
        settings.push((CString::from(c"duckdb_api"), CString::from(c"rust")));
        let mut raw: ffi::duckdb_database = null_mut();
        // SAFETY: every pointer is to a live value of this function; the configuration is freed on every way out, and
        // the message is copied before it is freed.
        unsafe {
            let mut config: ffi::duckdb_config = null_mut();
            let mut state = ffi::duckdb_create_config(&raw mut config);
            for (name, value) in &settings {
                if state == ffi::DuckDBSuccess
                    && ffi::duckdb_set_config(config, name.as_ptr(), value.as_ptr()) != ffi::DuckDBSuccess
                {
                    ffi::duckdb_destroy_config(&raw mut config);
                    return Err(Error::InvalidParameterName(name.to_string_lossy().into_owned()));
                }
            }
            let mut said = None;
            if state == ffi::DuckDBSuccess {
                let mut message: *mut c_char = null_mut();
                state = ffi::duckdb_open_ext(path.as_ptr(), &raw mut raw, config, &raw mut message);
                if !message.is_null() {
                    said = Some(CStr::from_ptr(message).to_string_lossy().into_owned());
                    ffi::duckdb_free(message.cast());
                }
            }
            ffi::duckdb_destroy_config(&raw mut config);
            if state != ffi::DuckDBSuccess {
                return Err(Error::DuckDBFailure(ffi::Error::new(state), said));
            }
        }
        Ok(Self { raw })
    }

    /// Another connection.
    ///
    /// # Errors
    /// The engine refuses.
    pub(super) fn connect(&self) -> Result<Connection, Error> {
        // SAFETY: the handle is open as long as this value lives.
        unsafe { Connection::open_from_raw(self.raw) }
    }

    /// Adds a cast from an instant to a type that is stored as `T`, which must be the type's own layout.
    ///
    /// # Errors
    /// The engine refuses.
    pub(super) fn add_instant_cast<T: Copy + 'static>(&self, to: ffi::duckdb_type, cast: Cast<T>) -> Result<(), Error> {
        // SAFETY: all objects are made and destroyed here; the boxed function is freed by the engine with the cast,
        // through `free::<T>`, which knows its type.
        let state = unsafe {
            let mut connection: ffi::duckdb_connection = null_mut();
            let mut state = ffi::duckdb_connect(self.raw, &raw mut connection);
            if state == ffi::DuckDBSuccess {
                let mut function = ffi::duckdb_create_cast_function();
                let mut source = ffi::duckdb_create_logical_type(ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP_TZ);
                let mut target = ffi::duckdb_create_logical_type(to);
                ffi::duckdb_cast_function_set_source_type(function, source);
                ffi::duckdb_cast_function_set_target_type(function, target);
                // Never of the engine's own accord: as with its extension, only a written cast loses the time.
                ffi::duckdb_cast_function_set_implicit_cast_cost(function, -1);
                let own: *mut c_void = Box::into_raw(Box::new(cast)).cast();
                ffi::duckdb_cast_function_set_extra_info(function, own, Some(free::<T>));
                ffi::duckdb_cast_function_set_function(function, Some(run::<T>));
                state = ffi::duckdb_register_cast_function(connection, function);
                ffi::duckdb_destroy_logical_type(&raw mut source);
                ffi::duckdb_destroy_logical_type(&raw mut target);
                ffi::duckdb_destroy_cast_function(&raw mut function);
            }
            ffi::duckdb_disconnect(&raw mut connection);
            state
        };
        if state == ffi::DuckDBSuccess { Ok(()) } else { Err(Error::DuckDBFailure(ffi::Error::new(state), None)) }
    }
}

/// Frees what `add_instant_cast` boxed.
unsafe extern "C" fn free<T: 'static>(own: *mut c_void) {
    // SAFETY: the engine hands back the pointer of the box, once.
    drop(unsafe { Box::from_raw(own.cast::<Cast<T>>()) });
}

/// Casts the rows of a vector; gives whether all could be.
unsafe extern "C" fn run<T: Copy + 'static>(
    info: ffi::duckdb_function_info,
    count: ffi::idx_t,
    input: ffi::duckdb_vector,
    output: ffi::duckdb_vector,
) -> bool {
    // SAFETY: the engine calls with a flat vector of `count` instants, which are 64-bit numbers, and one of the target
    // type with room for as many; a validity mask that is null says that no row is. The casts themselves do not panic.
    unsafe {
        let cast = *ffi::duckdb_cast_function_get_extra_info(info).cast::<Cast<T>>();
        let (from, to) =
            (ffi::duckdb_vector_get_data(input).cast::<i64>(), ffi::duckdb_vector_get_data(output).cast::<T>());
        let valid = ffi::duckdb_vector_get_validity(input);
        let mut all = true;
        for row in 0..count {
            let at = usize::try_from(row).unwrap_or_default();
            if !valid.is_null() && !ffi::duckdb_validity_row_is_valid(valid, row) {
                ffi::duckdb_vector_ensure_validity_writable(output);
                ffi::duckdb_validity_set_row_invalid(ffi::duckdb_vector_get_validity(output), row);
                continue;
            }
            match cast(*from.add(at)) {
                Ok(value) => to.add(at).write(value),
                Err(message) => {
                    all = false;
                    let message = CString::new(message).unwrap_or_default();
                    ffi::duckdb_cast_function_set_row_error(info, message.as_ptr(), row, output);
                    if ffi::duckdb_cast_function_get_cast_mode(info) == ffi::duckdb_cast_mode_DUCKDB_CAST_NORMAL {
                        return false;
                    }
                }
            }
        }
        all
    }
}
