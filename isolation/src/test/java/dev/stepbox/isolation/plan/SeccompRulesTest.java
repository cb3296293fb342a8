package dev.stepbox.isolation.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SeccompRulesTest {
  private static final Pattern ARGUMENT =
      Pattern.compile("\"index\":(\\d+),\"value\":(\\d+),\"valueTwo\":(\\d+)");

  @Test
  void whatIsAllowedIsOneRule() {
    assertThat(
            SeccompRules.translate(List.of("# words", "", "allow read write", "allow-some open")))
        .isEqualTo(
            "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"syscalls\":["
                + "{\"names\":[\"read\",\"write\",\"open\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
  }

  @Test
  void errorsKeepTheirNumber() {
    assertThat(SeccompRules.translate(List.of("errno ENOSYS clone3")))
        .contains("{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}");
  }

  @Test
  void whatAValueMayNotBeIsLeftOutAndNothingElse() {
    List<long[]> prefixes = tests("if ioctl arg1 not-in 0x5412 0x541c then allow");
    for (long value : List.of(0x5412L, 0x541cL, 0x1_0000_5412L)) {
      assertThat(prefixes).noneMatch(prefix -> matches(prefix, value));
    }
    for (long value : List.of(0L, 1L, 0x5401L, 0x5411L, 0x5413L, 0x541bL, 0x541dL, 0xffff_ffffL)) {
      assertThat(prefixes).filteredOn(prefix -> matches(prefix, value)).hasSize(1);
    }
  }

  @Test
  void onlyTheLowerHalfOfAnArgumentIsCompared() {
    assertThat(tests("if personality arg0 in 0x8 then allow"))
        .containsExactly(new long[] {0, 0xffff_ffffL, 8});
  }

  @Test
  void bitsThatMustBeAbsentAreAMask() {
    assertThat(tests("if clone arg0 without 0x7e020000 then allow"))
        .containsExactly(new long[] {0, 0x7e02_0000L, 0});
  }

  @Test
  void bothConditionsOfARuleMustHold() {
    String rules =
        SeccompRules.translate(List.of("if socket arg0 in 16 and arg2 in 0 15 then allow"));
    assertThat(rules.split("\"names\":\\[\"socket\"\\]", -1)).hasSize(3);
    assertThat(tests("if socket arg0 in 16 and arg2 in 0 15 then allow")).hasSize(4);
  }

  @Test
  void theWholeTableIsUnderstood() {
    assertThat(SeccompRules.DEFAULT)
        .contains("\"execve\"", "\"clone3\"", "\"ioctl\"")
        .doesNotContain("\"mount\"", "\"unshare\"", "\"bpf\"", "\"setns\"");
  }

  @Test
  void aRuleThatIsNotUnderstoodIsNotPassedOver() {
    assertThatThrownBy(() -> SeccompRules.translate(List.of("permit read")))
        .hasMessageContaining("permit read");
  }

  /** Argument, mask and value of every comparison. */
  private static List<long[]> tests(String line) {
    List<long[]> tests = new ArrayList<>();
    Matcher found = ARGUMENT.matcher(SeccompRules.translate(List.of(line)));
    while (found.find()) {
      tests.add(
          new long[] {
            Long.parseLong(found.group(1)),
            Long.parseLong(found.group(2)),
            Long.parseLong(found.group(3))
          });
    }
    return tests;
  }

  private static boolean matches(long[] test, long value) {
    return (value & test[1]) == test[2];
  }
}
