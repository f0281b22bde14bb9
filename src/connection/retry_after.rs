//! The `Retry-After` header.

use super::media_type::trimmed;
use super::policy::greater;

/// Milliseconds that a `Retry-After` header asks to wait, in [either form][9110]: seconds, or a date in one of the
/// three formats that HTTP knows. `None` where it says nothing that can be understood; 0 where the date is past.
///
/// `now` is the time in milliseconds since 1970.
///
/// [9110]: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
pub fn retry_after(value: &[u8], now: f64) -> Option<f64> {
    let value = trimmed(value);
    match number(value) {
        Some(seconds) => Some(seconds * 1000.0),
        None => http_date(value, now).map(|date| greater(date - now, 0.0)),
    }
}

/// > Recipients MUST accept all three: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`,
/// > `Sun Nov  6 08:49:37 1994`.
fn http_date(value: &[u8], now: f64) -> Option<f64> {
    let mut parts = [0; 6];
    let mut left = parts.iter_mut();
    for word in value.split(|byte| matches!(byte, b' ' | b',' | b'-' | b':')) {
        let part = number(word).map(|number| number as i32).or_else(|| month(word));
        match part {
            Some(part) => *left.next()? = part,
            // A day of the week, of which the date itself says enough.
            None if left.len() == 6 => {}
            None if word.is_empty() || word == b"GMT" || word == b"UTC" => {}
            None => return None,
        }
    }
    if left.len() > 0 {
        return None;
    }
    // asctime: the month comes first and the year last.
    let [day, month, year, hours, minutes, seconds] = match parts {
        [month, day, hours, minutes, seconds, year] if month < 0 => [day, month, year, hours, minutes, seconds],
        as_they_came => as_they_came,
    };
    // What is negative is a month.
    let is_up_to = |part: i32, most: u32| part as u32 <= most;
    if month >= 0
        || !is_up_to(day, 31)
        || !is_up_to(year, 9999)
        || !is_up_to(hours, 23)
        || !is_up_to(minutes, 59)
        || !is_up_to(seconds, 60)
    {
        return None;
    }
    let year = if year < 100 { full_year(year, now) } else { year };
    let hours = days_since_1970(year, -month, day) * 24 + hours;
    // The minutes until the year 9999 are too many for 32 bits.
    Some((f64::from(hours) * 3600.0 + f64::from(minutes * 60 + seconds)) * 1000.0)
}

/// One or more digits.
#[inline(never)]
fn number(digits: &[u8]) -> Option<f64> {
    let mut number = 0.0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10.0 + f64::from(digit - b'0');
    }
    (!digits.is_empty()).then_some(number)
}

/// A month, as a negative number, so that none is taken for another part of a date.
fn month(word: &[u8]) -> Option<i32> {
    const NAMES: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    NAMES.chunks_exact(3).position(|name| name == word).map(|index| -1 - index as i32)
}

/// > interpret a timestamp that appears to be more than 50 years in the future as representing the most recent year in
/// > the past that had the same last two digits
fn full_year(two_digits: i32, now: f64) -> i32 {
    // No clock says so, but any number must do.
    let this_year = 1970 + ((now / 31_556_952_000.0) as u32).min(7000) as i32;
    let year = this_year - this_year % 100 + two_digits;
    if year > this_year + 50 { year - 100 } else { year }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar; months count from 1.
fn days_since_1970(year: i32, month: i32, day: i32) -> i32 {
    // March as the first month puts the leap day at the year's end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    // Years of all four centuries more, so that none is below 0.
    let years = (year + 400) as u32;
    let leap_days = years / 4 - years / 100 + years / 400;
    year * 365 + leap_days as i32 + (month * 153 + 2) / 5 + day - 719_469 - 97
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOVEMBER_1994: f64 = 784_111_777_000.0;

    #[test]
    fn seconds_are_seconds() {
        assert_eq!(retry_after(b"120", 0.0), Some(120_000.0));
        assert_eq!(retry_after(b" 0 ", 0.0), Some(0.0));
        assert!(retry_after(b"99999999999999999999999", 0.0).is_some_and(|wait| wait > 1e20));
    }

    #[test]
    fn all_three_date_forms_are_read() {
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(retry_after(date.as_bytes(), NOVEMBER_1994 - 5000.0), Some(5000.0), "{date}");
            assert_eq!(retry_after(date.as_bytes(), NOVEMBER_1994 + 5000.0), Some(0.0), "{date}");
        }
    }

    #[test]
    fn two_digit_years_are_at_most_fifty_ahead() {
        let in_2026 = 1_795_000_000_000.0;
        assert!(http_date(b"Sunday, 06-Nov-70 08:49:37 GMT", in_2026).is_some_and(|date| date > in_2026));
        assert!(http_date(b"Sunday, 06-Nov-94 08:49:37 GMT", in_2026).is_some_and(|date| date < in_2026));
    }

    #[test]
    fn leap_years_count() {
        assert_eq!(http_date(b"Thu, 29 Feb 2024 00:00:00 GMT", 0.0), Some(1_709_164_800_000.0));
        assert_eq!(http_date(b"Fri, 01 Mar 2024 00:00:00 GMT", 0.0), Some(1_709_251_200_000.0));
        assert_eq!(http_date(b"Thu, 01 Jan 1970 00:00:00 GMT", 0.0), Some(0.0));
        assert_eq!(http_date(b"Fri, 31 Dec 9999 23:59:59 GMT", 0.0), Some(253_402_300_799_000.0));
        assert_eq!(http_date(b"Tue, 31 Dec 2100 23:59:60 GMT", 0.0), Some(4_133_980_800_000.0));
    }

    #[test]
    fn what_is_no_date_says_nothing() {
        for value in [
            "",
            "soon",
            "-1",
            "1.5",
            "Sun, 06 Nov",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 8",
            "a b c d e f",
        ] {
            assert_eq!(retry_after(value.as_bytes(), 0.0), None, "{value}");
        }
    }
}
