package dev.stepbox.engine.scm;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.transport.URIish;
import org.junit.jupiter.api.Test;

/** A repository that is not reached: what the library tells, and what its causes do. */
class FailuresTest {
  private static final String TRIED = "cannot open git-upload-pack";

  private static String reason(Exception cause) throws Exception {
    var address = new URIish("https://git.example.org/library");
    return Failures.reason(address, new TransportException(address, TRIED, cause));
  }

  @Test
  void aHostWithoutAnAddressIsNamed() throws Exception {
    assertThat(reason(new UnknownHostException("git.example.org")))
        .isEqualTo("there is no host 'git.example.org'");
  }

  @Test
  void whatRefusesIsNamed() throws Exception {
    assertThat(reason(new ConnectException("Connection refused")))
        .isEqualTo("git.example.org does not answer there: Connection refused");
  }

  @Test
  void theInnermostCauseOfOthersIsAdded() throws Exception {
    var untrusted = new SSLHandshakeException("no path");
    untrusted.initCause(new IllegalStateException("the certificate is of last year"));
    assertThat(reason(untrusted)).isEqualTo(TRIED + ": the certificate is of last year");
  }

  @Test
  void withoutACauseTheLibraryIsQuotedWithoutTheAddress() throws Exception {
    var address = new URIish("https://robot:t0ken@git.example.org/library");
    assertThat(Failures.reason(address, new TransportException(address, "not found")))
        .isEqualTo("not found");
  }
}
