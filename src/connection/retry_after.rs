//! The `Retry-After` header.

use super::media_type::cut;

/// Milliseconds that a `Retry-After` header asks to wait, in [either form][9110]: seconds, or a date in one of the
/// three formats that HTTP knows. `None` where it says nothing that can be understood; 0 where the date is past.
///
/// `now` is the time in milliseconds since 1970.
///
/// [9110]: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
pub fn retry_after(value: &str, now: f64) -> Option<f64> {
    let mut value = value.as_bytes();
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    if !value.is_empty() && value.iter().all(u8::is_ascii_digit) {
        let seconds = value.iter().fold(0.0, |sum, digit| sum * 10.0 + f64::from(digit - b'0'));
        return Some(seconds * 1000.0);
    }
    http_date(value, now).map(|date| (date - now).max(0.0))
}

/// > Recipients MUST accept all three: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`,
/// > `Sun Nov  6 08:49:37 1994`.
fn http_date(value: &[u8], now: f64) -> Option<f64> {
    let mut rest = value;
    let mut words = core::iter::from_fn(|| next_word(&mut rest));
    let _weekday = words.next()?;
    let (first, second, third) = (words.next()?, words.next()?, words.next()?);
    // asctime: the month comes first and the year last.
    let (day, month, year, hours) = match month_number(first) {
        Some(month) => (second, month, None, third),
        None => (first, month_number(second)?, Some(third), words.next()?),
    };
    let (hours, minutes, seconds) = (number(hours, 23)?, number(words.next()?, 59)?, number(words.next()?, 60)?);
    let year = match year {
        Some(year) => year,
        None => words.next()?,
    };
    if words.next().is_some_and(|zone| zone != b"GMT" && zone != b"UTC") {
        return None;
    }
    let day = number(day, 31)?;
    let year = match year.len() {
        // > interpret a timestamp that appears to be more than 50 years in the future as representing the most recent
        // > year in the past that had the same last two digits
        2 => {
            // No clock says so, but any number must do.
            let this_year = 1970 + (now / 31_556_952_000.0).clamp(0.0, 9999.0) as i32;
            let year = this_year - this_year % 100 + number(year, 99)?;
            if year > this_year + 50 { year - 100 } else { year }
        }
        _ => number(year, 9999)?,
    };
    let minutes = (days_since_1970(year, month, day) * 24 + hours) * 60 + minutes;
    Some((f64::from(minutes) * 60.0 + f64::from(seconds)) * 1000.0)
}

#[inline(never)]
fn next_word<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    while !rest.is_empty() {
        let word = cut(rest, b" ,-:");
        if !word.is_empty() {
            return Some(word);
        }
    }
    None
}

#[inline(never)]
fn number(text: &[u8], most: i32) -> Option<i32> {
    let digits = (1..=4).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let number = || text.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    digits.then(number).filter(|&number| number <= most)
}

fn month_number(name: &[u8]) -> Option<i32> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    MONTHS.chunks_exact(3).position(|month| month == name).map(|index| index as i32 + 1)
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar; months count from 1.
fn days_since_1970(year: i32, month: i32, day: i32) -> i32 {
    // March as the first month puts the leap day at the year's end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (month * 153 + 2) / 5 + day
        - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOVEMBER_1994: f64 = 784_111_777_000.0;

    #[test]
    fn seconds_are_seconds() {
        assert_eq!(retry_after("120", 0.0), Some(120_000.0));
        assert_eq!(retry_after(" 0 ", 0.0), Some(0.0));
        assert!(retry_after("99999999999999999999999", 0.0).is_some_and(|wait| wait > 1e20));
    }

    #[test]
    fn all_three_date_forms_are_read() {
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(retry_after(date, NOVEMBER_1994 - 5000.0), Some(5000.0), "{date}");
            assert_eq!(retry_after(date, NOVEMBER_1994 + 5000.0), Some(0.0), "{date}");
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
            assert_eq!(retry_after(value, 0.0), None, "{value}");
        }
    }
}
