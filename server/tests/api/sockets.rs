//! The server on a real socket, with the limits that it is served with.

use std::net::SocketAddr;

use reqwest::StatusCode;
use rollcall_server::testing::{Limits, raise_file_limit, serve};
use rollcall_shared::routes;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::support::Server;

/// Serves on a free port, until the test ends.
async fn listen(server: &Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits::with_files(raise_file_limit());
    let (router, state) = (server.router.clone(), server.state.clone());
    tokio::spawn(async move {
        let proxies = &state.config.trusted_proxies;
        serve(listener, router, limits, proxies, std::future::pending()).await;
    });
    address
}

#[tokio::test]
async fn eleven_hundred_half_sent_requests_do_not_stop_the_server_for_others() {
    let server = Server::start().await;
    let address = listen(&server).await;
    let mut half_sent = Vec::new();
    for number in 0..1100 {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let words = ["GET / HTTP/1.1\r\nHost: local", "POST /api/sign-out HTTP/1.1\r\n", "G"];
        socket.write_all(words[number % 3].as_bytes()).await.unwrap();
        half_sent.push(socket);
    }
    let platform = format!("http://{address}{}", routes::PLATFORM);
    for _ in 0..20 {
        // Each on a socket of its own.
        let reply = reqwest::Client::new().get(&platform).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_caller_is_known_by_the_other_end_of_the_socket() {
    let server = Server::start().await;
    let address = listen(&server).await;
    let messages = format!("http://{address}{}", routes::MESSAGES);
    let reply = reqwest::get(&messages).await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    let forwarded = reqwest::Client::new().get(&messages).header("x-forwarded-for", "127.0.0.1");
    assert_eq!(forwarded.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
