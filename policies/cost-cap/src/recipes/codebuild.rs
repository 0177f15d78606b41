//! AWS CodeBuild.

use tollgate_policy::Attr;

use super::Recipe;
use crate::settings::UsageName::BuildMinutes;

const SIZE: &str = "environment[0].compute_type";
const KIND: &str = "environment[0].type";
const FLEET: &str = "environment[0].fleet";

/// Projects: the minutes that they build.
pub(crate) const PROJECT: Recipe = Recipe {
    types: &["aws_codebuild_project"],
    attributes: &[SIZE, KIND, FLEET],
    computed: &[],
    usage: &[BuildMinutes],
    lines: |sheet| {
        let component = "Builds";
        match sheet.items(FLEET) {
            Attr::Known(fleets) if !fleets.is_empty() => {
                sheet.open_line(component, FLEET, "machines that are charged by the hour");
                return Ok(());
            }
            Attr::Undetermined(why) => {
                sheet.open_line(component, FLEET, why);
                return Ok(());
            }
            Attr::Known(_) | Attr::Unset => {}
        }
        let (kind, size) = match (sheet.text(KIND), sheet.text(SIZE)) {
            (Attr::Known(kind), Attr::Known(size)) => (kind, size),
            (Attr::Undetermined(why), _) => {
                sheet.open_line(component, KIND, why);
                return Ok(());
            }
            (Attr::Unset, _) => {
                sheet.open_line(component, KIND, "not set");
                return Ok(());
            }
            (_, Attr::Undetermined(why)) => {
                sheet.open_line(component, SIZE, why);
                return Ok(());
            }
            (_, Attr::Unset) => {
                sheet.open_line(component, SIZE, "not set");
                return Ok(());
            }
        };
        let system = match kind.as_str() {
            "LINUX_CONTAINER" => "Linux",
            "ARM_CONTAINER" => "ARM",
            "LINUX_GPU_CONTAINER" => "LinuxGPU",
            windows if windows.starts_with("WINDOWS") => "Windows",
            other => other,
        };
        // `BUILD_GENERAL1_SMALL` is `g1.small`.
        let size = match size.strip_prefix("BUILD_GENERAL1_") {
            Some(size) => format!("g1.{}", size.to_ascii_lowercase()),
            None => size,
        };
        sheet.used(
            format!("{component}, {system}, {size}"),
            format!("CodeBuild/Build-Min:{system}:{size}"),
            &[BuildMinutes],
        );
        Ok(())
    },
};

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tests")]
mod tests {
    use serde_json::{Value as Json, json};
    use tollgate_policy::testing::Resource;

    use crate::testing::lines;

    fn project(environment: Json) -> Vec<String> {
        let object = json!({"environment": [environment]});
        lines(
            Resource::create("aws_codebuild_project.p", object),
            json!({"build-minutes": 1000}),
        )
    }

    #[test]
    fn charges_minutes_by_machine() {
        let machine = |kind: &str, size: &str| project(json!({"type": kind, "compute_type": size}));
        // 1,000 × 0.005, 0.01, 0.02 and, with Windows, 0.036.
        for (kind, size, expected) in [
            (
                "LINUX_CONTAINER",
                "BUILD_GENERAL1_SMALL",
                "Builds, Linux, g1.small: 1000 = 5",
            ),
            (
                "LINUX_CONTAINER",
                "BUILD_GENERAL1_MEDIUM",
                "Builds, Linux, g1.medium: 1000 = 10",
            ),
            (
                "LINUX_CONTAINER",
                "BUILD_GENERAL1_LARGE",
                "Builds, Linux, g1.large: 1000 = 20",
            ),
            (
                "WINDOWS_SERVER_2019_CONTAINER",
                "BUILD_GENERAL1_LARGE",
                "Builds, Windows, g1.large: 1000 = 36",
            ),
        ] {
            assert_eq!(machine(kind, size), [expected]);
        }
        assert_eq!(
            machine("ARM_CONTAINER", "BUILD_GENERAL1_SMALL"),
            [
                "Builds, ARM, g1.small: unpriced (the price book has no price for CodeBuild/Build-Min:ARM:g1.small in us-east-1)"
            ]
        );
        assert_eq!(
            project(
                json!({"type": "LINUX_CONTAINER", "compute_type": "BUILD_GENERAL1_SMALL", "fleet": [{"fleet_arn": "a"}]})
            ),
            [
                "Builds: undetermined (`environment[0].fleet`: machines that are charged by the hour)"
            ]
        );
    }
}
