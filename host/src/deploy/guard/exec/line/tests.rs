use super::*;

#[test]
fn what_a_command_line_does() {
    let state = |stage| Action::State(stage);
    let workspace = |verb: &str, name: &str| Action::Workspace {
        verb: verb.to_owned(),
        name: name.to_owned(),
    };
    let init = |migrates, settings: &[&str], backend| Action::Init {
        migrates,
        settings: settings.iter().map(ToString::to_string).collect(),
        backend,
    };
    for (line, directory, expected) in [
        ("plan", ".", state(Stage::Plan)),
        ("-chdir=stack plan -destroy", "stack", state(Stage::Plan)),
        ("--chdir=stack apply p.bin", "stack", state(Stage::Change)),
        ("destroy -auto-approve", ".", state(Stage::Change)),
        ("refresh", ".", state(Stage::Change)),
        ("import a.b id", ".", state(Stage::Change)),
        ("console", ".", state(Stage::Plan)),
        ("output -json", ".", state(Stage::Read)),
        ("show", ".", state(Stage::Read)),
        ("show -json", ".", state(Stage::Read)),
        ("show -json p.bin", ".", Action::Nothing),
        ("state list", ".", state(Stage::Read)),
        ("state pull", ".", state(Stage::Read)),
        ("state rm a.b", ".", state(Stage::Change)),
        ("state push -force s.tfstate", ".", state(Stage::Change)),
        ("taint a.b", ".", state(Stage::Change)),
        ("force-unlock 1", ".", state(Stage::Change)),
        ("plan -help", ".", Action::Nothing),
        ("apply --help", ".", Action::Nothing),
        ("-help plan", ".", Action::Nothing),
        ("-version", ".", Action::Nothing),
        ("", ".", Action::Nothing),
        ("init -reconfigure", ".", init(false, &[], true)),
        ("init -migrate-state", ".", init(true, &[], true)),
        ("init -migrate-state=false", ".", init(false, &[], true)),
        ("init -backend=false", ".", init(false, &[], false)),
        (
            "-chdir=a init -force-copy -backend-config=key=k -backend-config b.hcl",
            "a",
            init(true, &["key=k", "b.hcl"], true),
        ),
        ("validate", ".", Action::Nothing),
        ("fmt", ".", Action::Nothing),
        ("test", ".", Action::Nothing),
        ("workspace list", ".", Action::Nothing),
        ("workspace show", ".", Action::Nothing),
        (
            "workspace select production",
            ".",
            workspace("select", "production"),
        ),
        ("workspace new -lock=false x", ".", workspace("new", "x")),
        (
            "env delete -force production",
            ".",
            workspace("delete", "production"),
        ),
    ] {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let found = read(&arguments);
        assert_eq!(found.directory, PathBuf::from(directory), "{line}");
        assert_eq!(found.action, expected, "{line}");
    }
}

#[test]
fn files_of_states_that_are_named() {
    for (line, expected) in [
        ("destroy -state=a.tfstate -auto-approve", &["a.tfstate"][..]),
        ("state mv --state-out b -state a x.y x.z", &["b", "a"]),
        ("plan -out=p.bin", &["p.bin"]),
        ("show -json a.tfstate", &["a.tfstate"]),
        ("show", &[]),
        ("state push -force a.tfstate", &["a.tfstate"]),
        ("state push -", &[]),
        ("state rm a.b", &[]),
    ] {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
        assert_eq!(read(&arguments).states, expected, "{line}");
    }
}
