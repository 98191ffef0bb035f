//! Every function, queue, stream and schedule has its alarms; every alarm has an entry in the runbook and a place on the
//! dashboard.

use std::collections::BTreeSet;

use anyhow::Result;

use super::operations::functions_of;
use super::{files, stem, verdict};
use crate::paths::Paths;

/// Functions without an alarm on their errors, and why.
const WITHOUT: &[(&str, &str)] = &[("redrive_dead_letters", "whoever invokes it is told")];
/// The heading of the runbook; its entries are the headings one level below.
const RUNBOOK: &str = "## When an alarm goes off";

/// An alarm of `infra/alarms.yaml` or `infra/trail.yaml`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Alarm {
    /// Its name without product and stage.
    name: String,
    description: String,
    metric: String,
    /// The parameter that its dimension refers to.
    of: String,
    tells_somebody: bool,
}

/// What must have an alarm: a metric, and the parameter that names whose.
type Wanted = BTreeSet<(&'static str, String)>;

/// Reads templates and documents and compares.
pub(crate) fn check(paths: &Paths) -> Result<()> {
    let read = |path: &str| std::fs::read_to_string(paths.root.join(path));
    let mut alarms = alarms_of(&read("infra/alarms.yaml")?);
    alarms.extend(alarms_of(&read("infra/trail.yaml")?));
    let mut wanted = Wanted::from([("5xx", "ApiId".to_owned())]);
    for template in files(&paths.root.join("infra"), "yaml")? {
        if stem(&template) != "alarms" {
            wanted.extend(wanted_by(&std::fs::read_to_string(&template)?));
        }
    }
    let entries = runbook(&read("docs/OPERATIONS.md")?);
    let mut problems = missing(&alarms, &wanted);
    problems.extend(documents(&alarms, &entries, &read("infra/dashboard.yaml")?));
    verdict(&problems)
}

/// The alarms of a template, whose resources are apart by blank lines.
fn alarms_of(template: &str) -> Vec<Alarm> {
    let blocks = template.split("\n\n").filter(|block| block.contains("Type: AWS::CloudWatch::Alarm"));
    blocks
        .map(|block| {
            let after = |key: &str| {
                let line = block.lines().find_map(|line| line.trim().strip_prefix(key));
                line.unwrap_or_default().trim().to_owned()
            };
            let of = after("Dimensions:");
            let of = of.split_once("!Ref ").map_or("", |(_, rest)| rest).trim_end_matches(['}', ']']);
            Alarm {
                name: after("AlarmName:").replace("!Sub visage-${Stage}-", ""),
                description: after("AlarmDescription:"),
                metric: after("MetricName:"),
                of: of.to_owned(),
                tells_somebody: after("AlarmActions:") == "[!Ref Topic]",
            }
        })
        .collect()
}

/// What a template's resources must be watched for.
fn wanted_by(template: &str) -> Wanted {
    let mut wanted = Wanted::new();
    for binary in functions_of(template) {
        let name = camel_case(&binary);
        // An API function's error is a 5xx of the API.
        let is_routed = template.contains(&format!("\n  {name}Route:\n"));
        if !is_routed && !WITHOUT.iter().any(|(without, _)| *without == binary) {
            wanted.insert(("Errors", format!("{name}Function")));
        }
    }
    for block in template.split("\n\n") {
        let has = |kind: &str| block.contains(&format!("\n    Type: {kind}\n"));
        let Some(name) = resource(block) else { continue };
        if has("AWS::SQS::Queue") {
            let is_dead = name.ends_with("Dlq");
            let metric =
                if is_dead { "ApproximateNumberOfMessagesVisible" } else { "ApproximateAgeOfOldestMessage" };
            wanted.insert((metric, format!("{name}Name")));
        }
        if has("AWS::Scheduler::Schedule") {
            let target = |line: &str| {
                Some(line.trim().strip_prefix("Arn: !GetAtt ")?.strip_suffix(".Arn")?.to_owned())
            };
            // One whose target can't be read wants an alarm that nobody can have.
            let function = block.lines().find_map(target).unwrap_or_else(|| format!("the target of {name}"));
            wanted.insert(("Invocations", function));
        }
        // Only streams have a place to start at.
        if has("AWS::Lambda::EventSourceMapping") && block.contains("StartingPosition:") {
            wanted.insert(("IteratorAge", name.replace("Source", "Function")));
        }
    }
    wanted
}

/// The name of the resource that a block of a template declares.
fn resource(block: &str) -> Option<&str> {
    let is_name =
        |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && !line.starts_with("  #");
    block.lines().find(is_name)?.trim().strip_suffix(':')
}

/// The runbook's entries.
fn runbook(text: &str) -> Vec<String> {
    let section = text.split(&format!("\n{RUNBOOK}\n")).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    section.lines().filter_map(|line| line.strip_prefix("### ")).map(|name| name.trim().to_owned()).collect()
}

fn missing(alarms: &[Alarm], wanted: &Wanted) -> Vec<String> {
    let has = |metric: &str, of: &str| alarms.iter().any(|alarm| alarm.metric == metric && alarm.of == of);
    let missing = wanted.iter().filter(|(metric, of)| !has(metric, of));
    missing.map(|(metric, of)| format!("infra/alarms.yaml has no alarm on {metric} of {of}")).collect()
}

fn documents(alarms: &[Alarm], entries: &[String], dashboard: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for alarm in alarms {
        let name = &alarm.name;
        if !alarm.description.ends_with(&format!("(docs/OPERATIONS.md#{name})")) {
            problems.push(format!("the alarm {name} doesn't name its entry docs/OPERATIONS.md#{name}"));
        }
        if !alarm.tells_somebody {
            problems.push(format!("the alarm {name} tells nobody"));
        }
        if entries.iter().filter(|entry| *entry == name).count() != 1 {
            problems.push(format!("docs/OPERATIONS.md doesn't have one entry `### {name}` in the runbook"));
        }
        if !dashboard.contains(&format!(":alarm:visage-${{Stage}}-{name}\"")) {
            problems.push(format!("the dashboard doesn't show the alarm {name}"));
        }
    }
    let unknown = entries.iter().filter(|entry| !alarms.iter().any(|alarm| alarm.name == **entry));
    problems.extend(unknown.map(|entry| format!("docs/OPERATIONS.md#{entry} belongs to no alarm")));
    if dashboard.matches(":alarm:visage-").count() != alarms.len() {
        problems.push("the dashboard shows an alarm that there isn't".to_owned());
    }
    problems
}

/// `submit_intake` to `SubmitIntake`.
fn camel_case(name: &str) -> String {
    let mut made = String::with_capacity(name.len());
    let mut starts = true;
    for letter in name.chars() {
        if letter == '_' {
            starts = true;
            continue;
        }
        made.push(if starts { letter.to_ascii_uppercase() } else { letter });
        starts = false;
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: &str = "Resources:
  # send_notice: notices queue
  SendNoticeFunction:
    Type: AWS::Serverless::Function
    Metadata:
      BuildProperties: {Binary: send_notice}

  GetFormFunction:
    Type: AWS::Serverless::Function
    Metadata:
      BuildProperties: {Binary: get_form}

  GetFormRoute:
    Type: AWS::ApiGatewayV2::Route

  RelaySource:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      StartingPosition: TRIM_HORIZON

  # a queue
  NoticesQueue:
    Type: AWS::SQS::Queue
    Properties: {}

  NoticesDlq:
    Type: AWS::SQS::Queue
    Properties: {}

  EverySchedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Target:
        Arn: !GetAtt SweepFunction.Arn
";

    const ALARMS: &str = "Resources:
  # Why.
  SendingFails:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub visage-${Stage}-sending-fails
      AlarmDescription: it failed (docs/OPERATIONS.md#sending-fails)
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref SendNoticeFunction}]
      AlarmActions: [!Ref Topic]

Outputs:
";

    #[test]
    fn whatever_can_fail_by_itself_wants_an_alarm() {
        let expected = [
            ("ApproximateAgeOfOldestMessage", "NoticesQueueName"),
            ("ApproximateNumberOfMessagesVisible", "NoticesDlqName"),
            ("Errors", "SendNoticeFunction"),
            ("Invocations", "SweepFunction"),
            ("IteratorAge", "RelayFunction"),
        ];
        assert_eq!(wanted_by(AREA), expected.map(|(metric, of)| (metric, of.to_owned())).into());
        let missing = missing(&alarms_of(ALARMS), &wanted_by(AREA));
        assert_eq!(missing.len(), 4);
        assert!(!missing.iter().any(|line| line.contains("SendNotice")));
    }

    #[test]
    fn alarms_runbook_and_dashboard_name_the_same() {
        let alarms = alarms_of(ALARMS);
        let text = "# Operations\n\n## When an alarm goes off\n\n### sending-fails\n\nDo.\n\n## Next\n\n### no entry\n";
        let dashboard = r#""arn:aws:cloudwatch:x:1:alarm:visage-${Stage}-sending-fails""#;
        let entries = runbook(text);
        assert_eq!(entries, ["sending-fails"]);
        assert!(documents(&alarms, &entries, dashboard).is_empty());
        assert_eq!(documents(&alarms, &["old".to_owned()], dashboard).len(), 2);
        assert_eq!(documents(&alarms, &entries, "").len(), 2);
        let silent =
            Alarm { tells_somebody: false, description: String::new(), ..alarms_of(ALARMS).remove(0) };
        assert_eq!(documents(&[silent], &entries, dashboard).len(), 2);
    }
}
