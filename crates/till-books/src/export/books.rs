//! The accounting presets: rows come in, days go out, each as one entry that balances.

use std::io::Write;

use super::day::Day;
use super::error::ExportError;
use super::local_time::is_date;
use super::options::{Lang, Options};
use super::preset::Preset;
use super::rows::DayRow;
use super::sheet::{Properties, Workbook};
use super::sink::TextFile;
use super::{journals, vouchers};

enum File<W: Write> {
    Text(TextFile<W>),
    /// Boxed: a compressor is large.
    Sheet(Box<Workbook<W>>),
}

/// An accounting file under way; it holds one day.
pub(crate) struct Books<W: Write> {
    file: File<W>,
    preset: Preset,
    options: Options,
    day: Day,
    entries: u64,
    lines: u64,
    number: u32,
}

impl<W: Write> Books<W> {
    pub(crate) fn begin(to: W, preset: Preset, options: &Options) -> Result<Books<W>, ExportError> {
        options.accounts.check(preset)?;
        let file = match preset {
            Preset::Kingdee | Preset::KingdeeCloud | Preset::Yonyou => {
                let title = format!("{} {}", options.shop, options.lang.pick("凭证", "vouchers"));
                let properties = Properties {
                    title: title.trim(),
                    made_by: &options.generated_by,
                    made_at_ms: options.generated_at,
                };
                let mut book = Workbook::begin(to, &properties)?;
                vouchers::begin(&mut book, preset)?;
                File::Sheet(Box::new(book))
            }
            _ => {
                let mut file = TextFile::new(to);
                journals::begin(&mut file.buffer, preset);
                if preset == Preset::YonyouTxt {
                    file.buffer = vouchers::gbk(&file.buffer);
                }
                File::Text(file)
            }
        };
        let mut options = options.clone();
        if matches!(preset, Preset::Kingdee | Preset::KingdeeCloud | Preset::Yonyou | Preset::YonyouTxt) {
            // These programs are Chinese, whatever the shop's screens speak.
            options.lang = Lang::Zh;
        }
        Ok(Books { file, preset, options, day: Day::default(), entries: 0, lines: 0, number: 0 })
    }

    pub(crate) fn row(&mut self, row: &DayRow<'_>) -> Result<(), ExportError> {
        if row.business_date != self.day.date {
            if !is_date(row.business_date) {
                return Err(ExportError::BadDate { text: row.business_date.to_owned() });
            }
            if row.business_date < self.day.date.as_str() {
                return Err(ExportError::OutOfOrder {
                    business_date: row.business_date.to_owned(),
                    after: self.day.date.clone(),
                });
            }
            self.write_day()?;
            let same_month = self.day.date.get(..7) == row.business_date.get(..7);
            if !same_month {
                self.number = 0;
            }
            self.day = Day { date: row.business_date.to_owned(), ..Day::default() };
        }
        self.day.add(row)
    }

    /// Balances the day first: a day that does not balance leaves nothing of itself in the file.
    fn write_day(&mut self) -> Result<(), ExportError> {
        let lines = self.day.entry(&self.options.accounts, self.options.lang)?;
        if lines.is_empty() {
            return Ok(());
        }
        self.entries += 1;
        self.lines += lines.len() as u64;
        let number = self.options.first_voucher.saturating_add(self.number);
        self.number = self.number.saturating_add(1);
        let (preset, options, day) = (self.preset, &self.options, &self.day);
        match &mut self.file {
            File::Sheet(book) => vouchers::day(book, preset, options, day, &lines, (number, self.entries))?,
            File::Text(file) => {
                match preset {
                    Preset::Quickbooks | Preset::Xero => {
                        self.lines -= lines.len() as u64;
                        self.lines += journals::bank(&mut file.buffer, preset, options, day);
                    }
                    Preset::YonyouTxt => {
                        let mut text = Vec::new();
                        vouchers::text(&mut text, options, day, &lines, number);
                        file.buffer.extend_from_slice(&vouchers::gbk(&text));
                    }
                    _ => journals::day(&mut file.buffer, preset, options, day, &lines, self.entries == 1),
                }
                file.pass()?;
            }
        }
        Ok(())
    }

    /// The lines written and the hash of the file.
    pub(crate) fn close(mut self) -> Result<(u64, String), ExportError> {
        self.write_day()?;
        let hash = match self.file {
            File::Text(file) => file.close()?,
            File::Sheet(mut book) => {
                book.close_sheet(None)?;
                book.close()?
            }
        };
        Ok((self.lines, hash))
    }
}
