package dev.stepbox.isolation.linux;

import static dev.stepbox.isolation.linux.TestStore.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What steps reach, tried against a listener on this machine. */
@ExtendWith(Invariants.class)
class NetworkIT {
  @RegisterExtension private final TestStore store = new TestStore();
  private OpenBuild build;
  private ServerSocket listener;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 0));
    build = store.open(store.request().networks(Set.of(NetworkMode.values())).build());
  }

  @AfterEach
  void close() throws IOException {
    build.close();
    listener.close();
  }

  @Test
  void theHostsNetworkIsReachedWhenAskedFor() throws IOException, InterruptedException {
    assertThat(build.output(connecting("host", "127.0.0.1", NetworkMode.HOST)))
        .isEqualTo("connected\n");
  }

  @Test
  void theHostsLoopbackIsNotReached() throws InterruptedException {
    assertNotReached("none", "127.0.0.1", NetworkMode.NONE);
    assertNotReached("build", "127.0.0.1", NetworkMode.BUILD);
    assertNotReached("build-6", "::1", NetworkMode.BUILD);
  }

  @Test
  void metadataAddressesAreNotReached() throws InterruptedException {
    for (String address : List.of("169.254.169.254", "169.254.1.1")) {
      String name = address.replace('.', '-');
      assertNotReached("none-" + name, address, NetworkMode.NONE);
      assertNotReached("build-" + name, address, NetworkMode.BUILD);
    }
  }

  @Test
  void theHostsLoopbackIsNotReachedByWhoNamesTheInterface()
      throws IOException, InterruptedException {
    assumeEgress();
    try (DatagramSocket echo = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread.ofPlatform().daemon().start(() -> answerAll(echo));
      int port = echo.getLocalPort();
      assertThat(build.output(naming(port, "host", NetworkMode.HOST)))
          .isEqualTo("plain answered\n");
      assertThat(build.output(naming(port, "build", NetworkMode.BUILD))).isEqualTo("sent\n");
    }
  }

  @Test
  void theForwardersOwnAddressesAreNotTheHost() throws InterruptedException {
    for (String address : List.of("10.0.2.2", "10.0.2.3")) {
      assertNotReached("build-" + address.replace('.', '-'), address, NetworkMode.BUILD);
    }
  }

  @Test
  void theHostsOwnAddressesAreNotReachedByStepsAlone() throws IOException, InterruptedException {
    int count = 0;
    for (String address : addresses()) {
      assertNotReached("none-" + count++, address, NetworkMode.NONE);
    }
  }

  @Test
  void stepsOfABuildMeetEachOtherAndNoOther() throws IOException, InterruptedException {
    assumeEgress();
    RunningSandbox server =
        build.start(
            shell("server", "exec python3 -m http.server 18080 --bind 127.0.0.1")
                .network(NetworkMode.BUILD));
    String knock =
        "for i in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/18080) 2>/dev/null && exit 0;"
            + " sleep 0.1; done; exit 1";
    assertExited(build.run(bash("meet", knock).network(NetworkMode.BUILD)), 0);
    assertExited(
        build.run(bash("alone", "exec 3<>/dev/tcp/127.0.0.1/18080").network(NetworkMode.NONE)), 1);
    server.kill();
    server.await();
  }

  @Test
  void namesAreAskedAtTheForwarder() throws IOException, InterruptedException {
    assumeEgress();
    assertThat(
            build.output(
                shell("names", "cat /etc/resolv.conf; grep -c localhost /etc/hosts")
                    .network(NetworkMode.BUILD)))
        .isEqualTo("nameserver 10.0.2.3\n2\n");
    assertThat(build.output(shell("host", "cat /etc/resolv.conf").network(NetworkMode.HOST)))
        .isEqualTo(Machine.host().resolver());
  }

  @Test
  void aBuildWithAWayOutHasAnInterfaceAndOneWithoutHasNone()
      throws IOException, InterruptedException {
    assumeEgress();
    assertThat(interfaces("with", NetworkMode.BUILD)).contains("eth0:");
    assertThat(interfaces("without", NetworkMode.NONE)).containsOnlyOnce(":").contains("lo:");
  }

  private static void answerAll(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[16], 16);
    try {
      while (true) {
        socket.receive(packet);
        socket.send(packet);
      }
    } catch (IOException closed) {
      return; // at the end of the test
    }
  }

  /** Sends datagrams to the host's loopback: an ordinary one, one that names a way, a bound one. */
  private static SandboxSpec.Builder naming(int port, String step, NetworkMode network) {
    String script =
        """
        import socket, struct
        to, index = ('127.0.0.1', %d), dict((b, a) for a, b in socket.if_nameindex()).get('eth0', 1)
        def heard(way, about=(), bound=False):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(1)
                if bound:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0')
                try:
                    s.sendmsg([way.encode()], about, 0, to)
                    return s.recv(9) and way + ' answered'
                except OSError:
                    return None
        print(heard('plain')
              or heard('named', [(socket.IPPROTO_IP, 8, struct.pack('@I', index) + bytes(8))])
              or heard('bound', bound=True)
              or 'sent')
        """
            .formatted(port);
    return SandboxSpec.step(step, List.of("/usr/bin/python3", "-c", script))
        .environment(shell(step, "").build().environment())
        .network(network);
  }

  private String interfaces(String step, NetworkMode network)
      throws IOException, InterruptedException {
    return build.output(
        shell(step, "tail -n +3 /proc/net/dev | cut -d: -f1,2 | sed 's/:.*/:/'").network(network));
  }

  private void assumeEgress() {
    boolean isThere =
        build.sandbox().announcements().stream()
            .noneMatch(announcement -> announcement.code().equals("no-egress"));
    assumeTrue(
        Machine.mustWork() || isThere,
        "no way out: /dev/net/tun, or pasta and slirp4netns, are missing");
    assertThat(isThere).isTrue();
  }

  private void assertNotReached(String step, String address, NetworkMode network)
      throws InterruptedException {
    RunningSandbox running = build.start(connecting(step, address, network));
    SandboxExit exit = running.await();
    assertThat(exit).as(address + " over " + network).isInstanceOf(SandboxExit.Exited.class);
    assertThat(running.output()).as(address + " over " + network).hasContent("refused\n");
  }

  private SandboxSpec.Builder connecting(String step, String address, NetworkMode network) {
    String connect = "exec 3<>/dev/tcp/%s/%d".formatted(address, listener.getLocalPort());
    return bash(
            step,
            "if timeout 2 bash -c '%s' 2>/dev/null; then echo connected; else echo refused; fi"
                .formatted(connect))
        .network(network);
  }

  private static SandboxSpec.Builder bash(String step, String script) {
    return SandboxSpec.step(step, List.of("/bin/bash", "-c", script))
        .environment(shell(step, "").build().environment());
  }

  private static void assertExited(SandboxExit exit, int code) {
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(code));
  }

  private static List<String> addresses() throws IOException {
    List<String> addresses = new ArrayList<>();
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (InetAddress address : Collections.list(each.getInetAddresses())) {
        if (address instanceof Inet4Address && !address.isLoopbackAddress()) {
          addresses.add(address.getHostAddress());
        }
      }
    }
    return addresses;
  }
}
