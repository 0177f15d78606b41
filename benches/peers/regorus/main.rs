//! Evaluates `data.main.deny` over a plan with regorus: `regorus-eval RULE PLAN`.

use std::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, rule, plan] = arguments.as_slice() else {
        return Err("usage: regorus-eval RULE PLAN".into());
    };
    let mut engine = regorus::Engine::new();
    engine.add_policy_from_file(rule)?;
    engine.set_input_json(&fs::read_to_string(plan)?)?;
    println!("{}", engine.eval_rule("data.main.deny".to_owned())?);
    Ok(())
}
