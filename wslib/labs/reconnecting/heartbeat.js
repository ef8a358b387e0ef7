// Ask "?" now and then. On a close, or if nothing has come since, call lost().
function heartbeat(socket, lost, seconds = 20) {
    let heard = false;  // anything, since the last question
    const hear = () => { heard = true; };
    socket.addEventListener("open", hear);
    socket.addEventListener("message", hear);
    socket.addEventListener("close", end);
    const timer = setInterval(ask, 1000 * seconds);

    function ask() {
        if (!heard) return end();
        heard = false;
        socket.send("?");
    }
    function end() {
        clearInterval(timer);
        socket.removeEventListener("close", end);  // one may come late: once is enough
        lost();
    }
}
