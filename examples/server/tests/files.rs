//! Static files and streams kept as files, from a folder made for the test.

use std::path::PathBuf;

use super::Running;

struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, files: &[(&str, &[u8])]) -> Self {
        let folder = Folder(std::env::temp_dir().join(format!("eventsource-server-{}-{name}", std::process::id())));
        for (path, bytes) in files {
            let path = folder.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn files_have_their_types_and_are_never_cached() {
    let files = [
        ("dist/a.wasm", "application/wasm"),
        ("dist/a.js", "text/javascript; charset=utf-8"),
        ("build/a.mjs", "text/javascript; charset=utf-8"),
        ("www/index.html", "text/html; charset=utf-8"),
        ("www/a.css", "text/css; charset=utf-8"),
        ("bench/results/a.svg", "image/svg+xml"),
        ("tests/a.json", "application/json"),
    ];
    let folder = Folder::with("types", &files.map(|(path, _)| (path, path.as_bytes())));
    let server = Running::start_at(&folder.0).await;
    for (path, content_type) in files {
        let answer = server.get(&format!("/{path}?v=1")).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, path));
        assert_eq!(answer.header("content-type").unwrap(), content_type, "{path}");
        assert_eq!(answer.header("cache-control").unwrap(), "no-store", "{path}");
    }
    let index = server.get("/").await;
    assert_eq!((index.status, index.header("location").as_deref()), (307, Some("/www/")));
    assert_eq!(server.get("/www/").await.text(), "www/index.html");
    let missing = server.get("/dist/missing.js").await;
    assert_eq!((missing.status, missing.header("cache-control").as_deref()), (404, Some("no-store")));
}

#[tokio::test]
async fn nothing_but_the_named_folders_is_served() {
    let files: [(&str, &[u8]); 3] = [("Cargo.toml", b"x"), ("src/a.js", b"x"), ("dist/a.js", b"x")];
    let folder = Folder::with("outside", &files);
    let server = Running::start_at(&folder.0).await;
    for path in ["/Cargo.toml", "/src/a.js", "/dist/../src/a.js", "/dist/%2e%2e/src/a.js", "/dist/..%2fsrc/a.js"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_stream_can_come_from_a_file() {
    let files: [(&str, &[u8]); 2] = [("tests/streams/a/one.txt", b"data: 1\r\r"), ("tests/secret", b"x")];
    let folder = Folder::with("streams", &files);
    let server = Running::start_at(&folder.0).await;
    let answer = server.get("/stream?file=a/one.txt&size=8").await;
    assert_eq!(answer.chunks, [b"data: 1\r".to_vec(), b"\r".into()]);
    assert_eq!(server.get("/stream?file=../secret").await.status, 400);
    assert_eq!(server.get("/stream?file=/etc/hostname").await.status, 400);
    assert_eq!(server.get("/stream?file=none").await.status, 400);
}
