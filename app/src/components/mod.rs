//! The building blocks of every page. They know nothing of the API or of any context: what they
//! show and do comes in by their props.

pub mod button;
pub mod choice;
pub mod details;
pub mod dialog;
pub mod error_summary;
pub mod field;
pub mod form;
pub mod loaded;
pub mod notice;
pub mod page_shell;
pub mod progress;
pub mod stepper;
pub mod table;
pub mod tag;

pub use button::{Button, LinkButton, Look};
pub use choice::{Checkbox, Checkboxes, Choice, Radios, Select};
pub use details::Details;
pub use dialog::Dialog;
pub use error_summary::{ErrorSummary, error_of, missing};
pub use field::{Field, FieldKind};
pub use form::Form;
pub use loaded::{Loaded, LoadingPage, ProblemPage, ProblemPanel, loading, unanswered_page};
pub use notice::{Notice, Tone};
pub use page_shell::{Back, PageShell, focus_heading, focus_on};
pub use progress::Progress;
pub use stepper::Stepper;
pub use table::{Paging, Row, Table};
pub use tag::{Tag, TagTone};
