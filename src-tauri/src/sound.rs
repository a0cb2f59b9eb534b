//! Sounds: a short two-tone chime for money that found its ticket, a lower tone for money that needs a person.
//! They are computed, so the program carries no sound file and needs no decoder.
#![expect(clippy::float_arithmetic, reason = "sound is made of floats; no money here")]

use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};

use rodio::buffer::SamplesBuffer;

const RATE: u32 = 44_100;

/// What a sound says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A ticket is paid.
    Paid,
    /// Late or unmatched money.
    Attention,
}

/// A note: when it starts and how long it rings, in milliseconds, and its pitch in hertz.
struct Note {
    start_ms: usize,
    ring_ms: usize,
    hertz: f32,
}

impl Tone {
    const fn notes(self) -> &'static [Note] {
        match self {
            // E6 then A6, a rising fourth: heard over a kitchen, never mistaken for a fault.
            Tone::Paid => &[
                Note { start_ms: 0, ring_ms: 220, hertz: 1_318.5 },
                Note { start_ms: 110, ring_ms: 420, hertz: 1_760.0 },
            ],
            // One low E4, twice as long as a key click.
            Tone::Attention => &[Note { start_ms: 0, ring_ms: 380, hertz: 329.6 }],
        }
    }

    /// The sound as mono samples in −1…1 at 44.1 kHz. `volume` is 0–100; heard loudness follows its square.
    pub fn samples(self, volume: u8) -> Vec<f32> {
        let at = |ms: usize| ms * RATE as usize / 1000;
        let end = self.notes().iter().map(|n| n.start_ms + n.ring_ms).max().unwrap_or(0);
        // A moment of silence lets the device play the last buffer out before it is closed.
        let mut samples = vec![0.0_f32; at(end + 150)];
        let level = f32::from(volume.min(100)) / 100.0;
        let peak = 0.45 * level * level;
        for note in self.notes() {
            let length = at(note.ring_ms);
            for (i, sample) in samples[at(note.start_ms)..].iter_mut().take(length).enumerate() {
                let t = i as f32 / RATE as f32;
                let whole = i as f32 / length as f32;
                let attack = (t / 0.004).min(1.0);
                let decay = (1.0 - whole) * (-4.0 * whole).exp();
                let turn = std::f32::consts::TAU * note.hertz * t;
                *sample += peak * attack * decay * (turn.sin() + 0.25 * (2.0 * turn).sin());
            }
        }
        samples
    }
}

/// Plays sounds one after another on its own thread, so that a slow sound system never holds up the till.
pub struct Speaker(Sender<(Tone, u8)>);

impl Speaker {
    /// Starts the thread. `failed` is called once, with the cause, if there is no way to make a sound.
    pub fn start(failed: impl FnOnce(String) + Send + 'static) -> Speaker {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new().name("sound".into()).spawn(move || run(&receiver, failed));
        if let Err(cause) = thread {
            tracing::warn!(%cause, "no thread for sounds");
        }
        Speaker(sender)
    }

    /// Plays a sound soon.
    pub fn play(&self, tone: Tone, volume: u8) {
        let _ = self.0.send((tone, volume));
    }
}

fn run(orders: &Receiver<(Tone, u8)>, failed: impl FnOnce(String)) {
    let mut failed = Some(failed);
    while let Ok((tone, volume)) = orders.recv() {
        if let Err(cause) = play(tone, volume) {
            match failed.take() {
                Some(say) => say(cause),
                None => tracing::debug!(%cause, "no sound"),
            }
        }
    }
}

/// Opens the default device for each sound: a till must go on sounding when somebody plugs in another speaker,
/// and a device kept open keeps a sound card awake all day.
fn play(tone: Tone, volume: u8) -> Result<(), String> {
    let device = rodio::DeviceSinkBuilder::from_default_device().map_err(|e| e.to_string())?;
    let mut sink = device
        .with_error_callback(|cause| tracing::debug!(%cause, "sound device"))
        .open_stream()
        .map_err(|e| e.to_string())?;
    sink.log_on_drop(false);
    let (Some(mono), Some(rate)) = (NonZero::new(1), NonZero::new(RATE)) else { return Ok(()) };
    let player = rodio::Player::connect_new(sink.mixer());
    player.append(SamplesBuffer::new(mono, rate, tone.samples(volume)));
    player.sleep_until_end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peak(samples: &[f32]) -> f32 {
        samples.iter().fold(0.0, |most, s| s.abs().max(most))
    }

    #[test]
    fn chimes_are_short_never_clip_and_end_in_silence() {
        for tone in [Tone::Paid, Tone::Attention] {
            let samples = tone.samples(100);
            assert!(samples.len() < RATE as usize, "{tone:?} lasts under a second");
            assert!((0.2..1.0).contains(&peak(&samples)), "{tone:?}: {}", peak(&samples));
            assert!(peak(&samples[samples.len() - 4_410..]) < 0.001, "{tone:?}");
        }
    }

    #[test]
    fn volume_goes_from_silence_to_full() {
        let peaks: Vec<f32> = [0, 30, 80, 100].map(|v| peak(&Tone::Paid.samples(v))).to_vec();
        assert!(peaks[0] == 0.0 && peaks.is_sorted(), "{peaks:?}");
        assert_eq!(Tone::Paid.samples(255), Tone::Paid.samples(100));
    }
}
