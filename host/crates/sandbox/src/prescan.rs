//! Looks at a module before it is compiled: how large it is, and in what it is large.
//!
//! Compiling cannot be interrupted and costs up to a second per megabyte, so what would
//! be refused later is refused here, for the cost of reading the headers. This is no
//! validation: that is the compiler's, and the sizes here are what the file says.

use wasmparser::{Instance, MemoryType, Parser, Payload, TableType, TypeRef};

use super::error::PolicyError;
use super::limits::{Limit, Limits};
use tollgate_model::names::truncate;

/// Bytes of a page of linear memory.
const PAGE: u64 = 64 << 10;

/// Checks a component or core module against the limits that hold before it is compiled.
///
/// # Errors
/// When it exceeds one, uses what is switched off, or cannot be read.
pub(super) fn scan(bytes: &[u8], limits: &Limits) -> Result<(), PolicyError> {
    let mut totals = Totals::new(limits);
    totals.check(Limit::ModuleMib, bytes.len() as u64)?;
    for payload in Parser::new(0).parse_all(bytes) {
        totals.take(payload.map_err(invalid)?)?;
    }
    Ok(())
}

/// What was seen so far, of the whole file.
struct Totals<'l> {
    limits: &'l Limits,
    functions: u64,
    code: u64,
    data: u64,
    items: u64,
    /// In bytes, as the memories begin.
    memory: u64,
    instances: u64,
    memories: u64,
    tables: u64,
    depth: u64,
}

impl<'l> Totals<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            functions: 0,
            code: 0,
            data: 0,
            items: 0,
            memory: 0,
            instances: 0,
            memories: 0,
            tables: 0,
            depth: 0,
        }
    }

    fn check(&self, limit: Limit, value: u64) -> Result<(), PolicyError> {
        if value > self.limits.bytes(limit) {
            return Err(PolicyError::limit(limit, self.limits, None));
        }
        Ok(())
    }

    fn items(&mut self, count: u32) -> Result<(), PolicyError> {
        self.items = self.items.saturating_add(u64::from(count));
        self.check(Limit::Items, self.items)
    }

    fn memory(&mut self, memory: &MemoryType) -> Result<(), PolicyError> {
        if memory.memory64 {
            return Err(PolicyError::Feature("64-bit memories".to_owned()));
        }
        if memory.shared {
            return Err(PolicyError::Feature("threads".to_owned()));
        }
        self.memories += 1;
        self.check(Limit::Instances, self.memories)?;
        let bytes = memory.initial.saturating_mul(PAGE);
        self.memory = self.memory.saturating_add(bytes);
        self.check(Limit::MemoryMib, self.memory)
    }

    fn table(&mut self, table: &TableType) -> Result<(), PolicyError> {
        if table.table64 {
            return Err(PolicyError::Feature("64-bit tables".to_owned()));
        }
        self.tables += 1;
        self.check(Limit::Instances, self.tables)?;
        self.check(Limit::TableElements, table.initial)
    }

    fn take(&mut self, payload: Payload<'_>) -> Result<(), PolicyError> {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                self.depth += 1;
                self.check(Limit::Nesting, self.depth)
            }
            Payload::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            // The number in the header: a bomb is told before its first function is read.
            Payload::CodeSectionStart { count, .. } => {
                self.functions = self.functions.saturating_add(u64::from(count));
                self.check(Limit::Functions, self.functions)
            }
            Payload::CodeSectionEntry(body) => {
                let size = body.range().len() as u64;
                self.check(Limit::FunctionKib, size)?;
                self.code = self.code.saturating_add(size);
                self.check(Limit::CodeMib, self.code)
            }
            Payload::DataSection(section) => {
                self.items(section.count())?;
                for data in section {
                    let size = data.map_err(invalid)?.data.len() as u64;
                    self.data = self.data.saturating_add(size);
                    self.check(Limit::DataMib, self.data)?;
                }
                Ok(())
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memory(&memory.map_err(invalid)?)?;
                }
                Ok(())
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.table(&table.map_err(invalid)?.ty)?;
                }
                Ok(())
            }
            Payload::ImportSection(section) => {
                self.items(section.count())?;
                for import in section.into_imports() {
                    match import.map_err(invalid)?.ty {
                        TypeRef::Tag(_) => {
                            return Err(PolicyError::Feature("exceptions".to_owned()));
                        }
                        // Another module's, and counted there.
                        TypeRef::Func(_)
                        | TypeRef::FuncExact(_)
                        | TypeRef::Global(_)
                        | TypeRef::Memory(_)
                        | TypeRef::Table(_) => {}
                    }
                }
                Ok(())
            }
            Payload::TagSection(section) if section.count() > 0 => {
                Err(PolicyError::Feature("exceptions".to_owned()))
            }
            Payload::InstanceSection(section) => {
                self.items(section.count())?;
                for instance in section {
                    if let Instance::Instantiate { .. } = instance.map_err(invalid)? {
                        self.instances += 1;
                        self.check(Limit::Instances, self.instances)?;
                    }
                }
                Ok(())
            }
            Payload::TypeSection(section) => self.items(section.count()),
            Payload::FunctionSection(section) => {
                self.check(Limit::Functions, u64::from(section.count()))
            }
            Payload::GlobalSection(section) => self.items(section.count()),
            Payload::ExportSection(section) => self.items(section.count()),
            Payload::ElementSection(section) => self.items(section.count()),
            Payload::CoreTypeSection(section) => self.items(section.count()),
            Payload::ComponentInstanceSection(section) => self.items(section.count()),
            Payload::ComponentAliasSection(section) => self.items(section.count()),
            Payload::ComponentTypeSection(section) => self.items(section.count()),
            Payload::ComponentCanonicalSection(section) => self.items(section.count()),
            Payload::ComponentImportSection(section) => self.items(section.count()),
            Payload::ComponentExportSection(section) => self.items(section.count()),
            _ => Ok(()),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn invalid(error: wasmparser::BinaryReaderError) -> PolicyError {
    PolicyError::Invalid(truncate(&error.to_string(), 500))
}
