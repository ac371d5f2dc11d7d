//! Writes large numbers so that people can read them.

/// Puts a space between every three digits.
pub fn group(number: u64) -> String {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number);
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Writes a share of a whole in per cent, rounded down; a share of nothing is nothing.
pub fn percent(share: u64, whole: u64) -> String {
    let value = (share * 100).checked_div(whole).unwrap_or(0);
    format!("{} %", itoa::Buffer::new().format(value))
}

#[cfg(test)]
mod tests {
    use super::{group, percent};

    #[test]
    fn short_numbers_stay_as_they_are() {
        assert_eq!(group(42), "42");
    }

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(group(1_234_567), "1 234 567");
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!((percent(1, 3), percent(1, 0)), ("33 %".into(), "0 %".into()));
    }
}
