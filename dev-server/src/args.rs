//! The command line.

use lexopt::prelude::{Long, Short, ValueExt as _};

use crate::config::Config;

/// What `--help` prints.
pub const HELP: &str = "\
An S3 server in memory, for development and tests. It keeps nothing on disk: what it
holds is gone when it stops. Do not use it for data that matters.

Usage: s3-store-dev-server [options]

  --host ADDRESS             listen here                        [127.0.0.1]
  --port NUMBER              listen on this port, 0 for any     [0]
  --access-key-id ID         the access key that is let in      [dev]
  --secret-access-key KEY    its secret                         [development]
  --region NAME              the region to be signed for        [us-east-1]
  --bucket NAME              make this bucket; may be repeated
  --domain NAME              bucket.NAME addresses a bucket     [localhost]
  --control-port NUMBER      take faults on this port of loopback, 0 for any   [off]
  --seed NUMBER              where the draws of faults with a probability start
  --exit-with-stdin          stop when standard input closes
  --help                     print this
  --version                  print the version

When it is ready it prints one line of JSON to standard output: endpoint, region,
accessKeyId, secretAccessKey and buckets; and control, with --control-port. It stops at
SIGINT and SIGTERM.

Faults, with --control-port, as JSON over HTTP (the README has examples):

  POST   /faults       add a rule: {\"match\":{…},\"times\":1,\"probability\":0.2,\"action\":{…}} gives {\"id\":1}
  GET    /faults       the rules, and how often each matched and acted; the seed
  DELETE /faults[/ID]  remove one rule or all
  GET    /held         the requests that rules hold
  POST   /release      apply them: all, or {\"id\"|\"bucket\"|\"key\":…}; {\"discard\":true} drops them
  GET    /log          every applied write and delete in order; ?bucket= &key=
  DELETE /log          forget them
  GET    /requests     how many requests and connections there were; ?bucket= &key=
  POST   /close        end idle connections; {\"busy\":true} ends all
  POST   /reset        all of the above as at the start, buckets stay; {\"seed\":7}

  match   bucket, key, keyPrefix, operation, attempt (1 or [1,2]), headers ({\"if-match\":true}), status
  action  {\"what\":\"drop\",\"when\":\"before\"|\"after\",\"reset\":true}
          {\"what\":\"delay\",\"when\":…,\"ms\":100}
          {\"what\":\"answer\",\"when\":…,\"status\":503,\"code\":…,\"message\":…,\"headers\":{},\"body\":…,\"raw\":…}
          {\"what\":\"truncate\",\"bytes\":10,\"of\":\"answer\"|\"body\",\"reset\":true}
          {\"what\":\"hold\",\"until\":\"release\"|\"write\"|{\"attempt\":2},\"meanwhile\":\"wait\"|\"drop\"|{\"answer\":{…}}}
          {\"what\":\"repeat\",\"times\":1,\"until\":…}
          {\"what\":\"close\",\"ms\":0}
          {\"what\":\"ignoreCondition\"}, {\"what\":\"race\",\"ms\":50}, {\"what\":\"dropMetadata\"}, {\"what\":\"unquoteEtags\"}
";

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Serve.
    Serve {
        /// The server's settings.
        config: Config,
        /// Stop when standard input closes.
        exit_with_stdin: bool,
    },
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// Reads a command line.
///
/// # Errors
/// An unknown option, a missing value, or a value that is not of the option's kind.
pub fn parse(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut config = Config::default();
    let mut exit_with_stdin = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("host") => config.host = parser.value()?.string()?,
            Long("port") => config.port = parser.value()?.parse()?,
            Long("access-key-id") => config.access_key_id = parser.value()?.string()?,
            Long("secret-access-key") => config.secret_access_key = parser.value()?.string()?,
            Long("region") => config.region = parser.value()?.string()?,
            Long("bucket") => config.buckets.push(parser.value()?.string()?),
            Long("domain") => config.domain = parser.value()?.string()?,
            Long("control-port") => config.control_port = Some(parser.value()?.parse()?),
            Long("seed") => config.seed = Some(parser.value()?.parse()?),
            Long("exit-with-stdin") => exit_with_stdin = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Serve {
        config,
        exit_with_stdin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, lexopt::Error> {
        parse(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn nothing_given_means_the_defaults() {
        let expected = Command::Serve {
            config: Config::default(),
            exit_with_stdin: false,
        };
        assert_eq!(parsed(&[]).unwrap(), expected);
    }

    #[test]
    fn options_are_read_and_buckets_add_up() {
        let arguments = [
            "--port=9000",
            "--bucket",
            "one",
            "--bucket",
            "two",
            "--exit-with-stdin",
            "--region",
            "eu-west-1",
            "--control-port=0",
            "--seed=7",
        ];
        let Command::Serve {
            config,
            exit_with_stdin,
        } = parsed(&arguments).unwrap()
        else {
            panic!("not serving")
        };
        assert_eq!(
            (config.port, config.region.as_str(), exit_with_stdin),
            (9000, "eu-west-1", true)
        );
        assert_eq!(config.buckets, ["one", "two"]);
        assert_eq!((config.control_port, config.seed), (Some(0), Some(7)));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for arguments in [["--port", "many"], ["--nonsense", "x"], ["stray", "word"]] {
            assert!(parsed(&arguments).is_err(), "{arguments:?}");
        }
        assert!(parsed(&["--bucket"]).is_err());
    }
}
