//! What one request, or one piece of work, takes of time, processor and AWS.

use jiff::Timestamp;
use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;
use visage_domain::clock::Clock;
use visage_store::aws::{CallLog, Counts};

/// Runs while something is done. A Lambda process does one thing at a time, so all that it uses meanwhile is for that.
pub(crate) struct Meter<'a> {
    clock: &'a dyn Clock,
    calls: &'a CallLog,
    began: Timestamp,
    clock_of_cpu: fn() -> Duration,
    cpu: Duration,
}

/// What something took.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Processor time of all threads.
    pub cpu: Duration,
    /// Calls and capacity.
    pub counts: Counts,
}

impl<'a> Meter<'a> {
    /// Starts; what was counted before belongs to nobody.
    pub(crate) fn start(clock: &'a dyn Clock, calls: &'a CallLog) -> Self {
        Self::reading(cpu, clock, calls)
    }

    /// Starts for what may start processes, whose time counts too: the kernel tells of it in a file, which takes longer.
    pub(crate) fn start_with_processes(clock: &'a dyn Clock, calls: &'a CallLog) -> Self {
        Self::reading(|| cpu() + children(), clock, calls)
    }

    fn reading(clock_of_cpu: fn() -> Duration, clock: &'a dyn Clock, calls: &'a CallLog) -> Self {
        let _ = calls.take();
        Self { clock, calls, began: clock.now(), clock_of_cpu, cpu: clock_of_cpu() }
    }

    /// When it was started.
    pub(crate) const fn began(&self) -> Timestamp {
        self.began
    }

    /// What it took until now.
    pub(crate) fn stop(self) -> Spent {
        Spent {
            began: self.began,
            ended: self.clock.now(),
            cpu: (self.clock_of_cpu)().saturating_sub(self.cpu),
            counts: self.calls.take(),
        }
    }
}

impl Spent {
    /// How long it took; nothing if the clock was put back meanwhile.
    pub(crate) fn duration(&self) -> Duration {
        Duration::try_from(self.ended.duration_since(self.began)).unwrap_or_default()
    }
}

/// The processor time that this process has used since it was started.
pub(crate) fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The processor time of the processes that it started and waited for, in the kernel's ticks of ten milliseconds.
fn children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name before it stands in parentheses and may hold anything; then the 14th and the 15th are theirs.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1000 / clock_ticks_per_second().max(1))
}

/// As the log has it.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Backwards;

    impl Clock for Backwards {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    #[test]
    fn what_is_worked_between_start_and_stop_is_spent() {
        let calls = CallLog::default();
        let meter = Meter::start(&Backwards, &calls);
        let before = cpu();
        let mut sum = 0_u64;
        while cpu().saturating_sub(before) < Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let spent = meter.stop();
        assert!(spent.cpu >= Duration::from_millis(5), "{spent:?}");
        assert_eq!(spent.duration(), Duration::ZERO);
    }

    #[test]
    fn what_a_process_that_was_started_takes_is_spent_too() -> std::io::Result<()> {
        let calls = CallLog::default();
        let meter = Meter::start_with_processes(&Backwards, &calls);
        let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        assert!(std::process::Command::new("sh").args(["-c", busy]).status()?.success());
        let spent = meter.stop();
        assert!(spent.cpu >= Duration::from_millis(20), "{spent:?}");
        Ok(())
    }

    #[test]
    fn a_clock_that_was_put_back_makes_no_negative_time() {
        let (began, ended) = (Timestamp::from_second(5).unwrap_or_default(), Timestamp::UNIX_EPOCH);
        let spent = Spent { began, ended, cpu: Duration::ZERO, counts: Counts::default() };
        assert_eq!(spent.duration(), Duration::ZERO);
    }
}
