//! Any bytes as a reply of XoD, under the statuses that come: an error or data, never a panic.
//!
//! The first byte chooses the status (`F` is 200), the rest is the body.

#![no_main]

use libfuzzer_sys::fuzz_target;

const STATUSES: [u16; 7] = [200, 401, 403, 404, 429, 500, 503];

fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else { return };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    xod_client::read_as_everything(status, body);
});
