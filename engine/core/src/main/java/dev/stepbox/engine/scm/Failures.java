package dev.stepbox.engine.scm;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.net.ConnectException;
import java.net.UnknownHostException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.internal.JGitText;
import org.eclipse.jgit.transport.URIish;

/** What can go wrong with sources, in words. */
final class Failures {

  private Failures() {}

  static EngineException unavailable(String tried, String why, String advice) {
    return new EngineException(
        ErrorCode.SOURCE_UNAVAILABLE, "cannot %s: %s. %s".formatted(tried, why, advice));
  }

  static EngineException unavailable(String tried, Exception cause, String advice) {
    String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new EngineException(
        ErrorCode.SOURCE_UNAVAILABLE, "cannot %s: %s. %s".formatted(tried, why, advice), cause);
  }

  /**
   * Why a repository was not reached: the library tells what it tried, its causes what happened.
   */
  static String reason(URIish address, TransportException e) {
    String before = address.setPass(null) + ": ";
    String tried = e.getMessage() == null ? "the connection failed" : e.getMessage();
    String text = tried.startsWith(before) ? tried.substring(before.length()) : tried;
    if (text.equals(JGitText.get().noCredentialsProvider)
        || text.equals(JGitText.get().notAuthorized)) {
      return "the server wants a name and a password, or other ones";
    }
    Throwable cause = e.getCause();
    while (cause != null && cause.getCause() != null && !(cause instanceof UnknownHostException)) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case null -> text;
      case UnknownHostException _ -> "there is no host '%s'".formatted(address.getHost());
      case ConnectException _ -> {
        // The library adds the host once more.
        String host = address.getHost();
        String why = message(cause).replace(" " + host, "");
        yield "%s does not answer there: %s".formatted(host, why);
      }
      default -> text.contains(message(cause)) ? text : text + ": " + message(cause);
    };
  }

  private static String message(Throwable cause) {
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  static EngineException unsupported(String tried, String why, String advice) {
    return new EngineException(
        ErrorCode.SOURCE_UNSUPPORTED, "cannot %s: %s. %s".formatted(tried, why, advice));
  }
}
