// JavaScript can neither send a Ping nor see one come. So ask with a message; if
// nothing has come from the server before the next question, connect anew.
function keepAlive(url, use, seconds = 20) {
    const socket = new WebSocket(url);
    let heard = false;  // anything, since the last question
    socket.addEventListener("open", () => { heard = true; use(socket); });
    socket.addEventListener("message", () => { heard = true; });
    const timer = setInterval(() => {
        if (heard) { heard = false; socket.send("?"); return; }
        clearInterval(timer);
        socket.close();  // its close event may come much later: do not wait for it
        keepAlive(url, use, seconds);
    }, 1000 * seconds);
}
