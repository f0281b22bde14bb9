//! The command line of the server: two ports and the folder whose files it serves.

use std::path::PathBuf;

pub const USAGE: &str = "usage: server [--port N] [--other-port N] [--root DIR]
  --port N         the port to listen on; 0 (the default) takes a free one
  --other-port N   a second port with the same routes: another origin; 0 (the default) takes a free one
  --root DIR       the repository whose files are served; default: the current folder";

#[derive(Debug, PartialEq)]
pub struct Arguments {
    pub port: u16,
    pub other_port: u16,
    pub root: PathBuf,
}

impl Arguments {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Arguments { port: 0, other_port: 0, root: PathBuf::from(".") };
        while let Some(name) = words.next() {
            if !matches!(name.as_str(), "--port" | "--other-port" | "--root") {
                return Err(format!("unknown argument {name:?}"));
            }
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            let port = || value.parse().map_err(|_| format!("{name} wants a port, not {value:?}"));
            match name.as_str() {
                "--port" => arguments.port = port()?,
                "--other-port" => arguments.other_port = port()?,
                _ => arguments.root = PathBuf::from(value),
            }
        }
        Ok(arguments)
    }
}
