// Connect; whenever the connection is lost, wait(attempt) seconds, and connect anew.
function keepConnected(url, use, wait) {
    let socket, timer, attempt = 0, stopped = false;

    function connect() {
        socket = new WebSocket(url);
        socket.addEventListener("open", () => use(socket));
        socket.addEventListener("message", () => { attempt = 0; });
        heartbeat(socket, again);
    }
    function again() {
        socket.close();  // the dead one: nobody hears it, and no harm is done
        if (!stopped) timer = setTimeout(connect, 1000 * wait(attempt++));
    }
    function stop() { stopped = true; clearTimeout(timer); socket.close(); }

    connect();
    return stop;
}
