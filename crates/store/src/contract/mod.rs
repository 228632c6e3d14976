//! The suite that every backend runs, one test a case.
//!
//! A backend opens an empty store over [`fixture::catalogue`] for each case:
//!
//! ```text
//! async fn make() -> (std::sync::Arc<dyn store::Store>, tempfile::TempDir) { … }
//! store::contract_tests!(make);
//! ```
//!
//! To add a case: a public function here in the module of its idea, and its name in
//! [`contract_tests!`]. [`model`] is the oracle for random operations.

#![expect(clippy::unwrap_used, reason = "a contract case fails by panicking")]
#![expect(missing_docs, reason = "the names of the cases say what they check")]

pub mod erasure;
pub mod fixture;
pub mod history;
pub mod includes;
pub mod jobs;
pub mod kept;
pub mod ledger;
pub mod lineage;
pub mod model;
pub mod paging;
pub mod races;
pub mod search;
pub mod values;
pub mod writes;

/// Makes one `#[tokio::test]` of every case; `$make` is an async function that opens an empty
/// store, and gives with it whatever must live as long.
#[macro_export]
macro_rules! contract_tests {
    ($make:path) => {
        $crate::contract_tests!($make;
            writes::create_read_update_delete, writes::what_is_expected, writes::all_or_nothing,
            writes::guards, writes::guards_on_words, writes::times_never_go_back, writes::misuse_is_refused,
            writes::many_at_once, writes::counts_by_type,
            races::one_update_wins, races::one_conditional_create_wins,
            races::a_caller_reads_what_it_wrote, races::failures_harm_no_neighbour,
            history::three_levels, history::pages, history::times,
            history::what_was_current, history::of_a_list,
            search::every_predicate, search::combinations, search::only_what_is_current,
            search::sorting, search::totals_and_counts, search::what_cannot_be_answered,
            values::components_of_one_element, values::units_are_converted,
            values::texts_of_tokens, values::identifiers_and_sets, values::canonicals,
            values::places, values::trees, values::words, values::several_types,
            values::within_others, values::explained,
            paging::under_writes, paging::sorted_under_writes, paging::bad_cursors,
            includes::forward_and_reverse, includes::iterate, includes::along_canonicals,
            lineage::kept_by_version_and_found_by_item,
            ledger::receives_in_order, ledger::states_and_events, ledger::waiting_and_subjects,
            ledger::lists, ledger::repeats_are_known, ledger::outcomes_commit_with_resources,
            ledger::unknown_items, ledger::balances_under_load,
            jobs::kept_until_removed, jobs::scans, jobs::parameters_put_in_force,
            jobs::kinds_that_change, jobs::rows_of_what_is_gone, jobs::scans_of_what_was_deleted,
            jobs::values_of_parameters, erasure::resources_with_all_of_them,
            erasure::numbers_are_not_given_again, erasure::old_versions_and_deleted,
            kept::compared_and_set, kept::one_of_many, kept::expired,
        );
    };
    ($make:path; $($module:ident :: $case:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let (store, _kept) = $make().await;
                $crate::contract::$module::$case(store).await;
            }
        )*
    };
}
