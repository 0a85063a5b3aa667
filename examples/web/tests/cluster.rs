//! What `examples/cluster.rs` shows, with the binary that belongs to the tests.

use second_factor_testbed::postgres_url;

#[allow(dead_code, reason = "its `main` is for people")]
#[path = "../examples/cluster.rs"]
mod cluster;

#[tokio::test]
async fn s31_a_code_sent_to_four_processes_lets_the_user_in_once() {
    let Some(url) = postgres_url() else { return };
    let accepted = cluster::run(&url, 4).await;
    assert_eq!(accepted, [1; 5]);
}
